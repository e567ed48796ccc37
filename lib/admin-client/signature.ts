/** AWS Signature Version 4 for requests to API Gateway (service `execute-api`). */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

type Source = string | ArrayBuffer | ArrayBufferView;
const toBytes = (data: Source): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/** SHA-256 and HMAC, as a class because the signer requires one. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }
  update(data: Source) {
    this.#hash.update(toBytes(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset() {
    throw new Error('reset is not supported: create a new hash');
  }
}

type OutgoingRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};
/** Signs a request. @returns the headers to send */
export type Sign = (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;

export type SignerOptions = Pick<ConstructorParameters<typeof SignatureV4>[0], 'credentials' | 'region'>;

export function createSigner({ credentials, region }: SignerOptions): Sign {
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    });
    // fetch sets the Host header itself, from the same URL.
    const { host: _, ...rest } = signed.headers;
    return rest;
  };
}
