import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { signS3 } from '../../lib/events/s3-signature.ts';

class Sha256 {
  readonly hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret instanceof Uint8Array || typeof secret === 'string' ? secret : undefined;
    this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.hash.update(data as Uint8Array);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
  reset() {
    throw new Error('used once');
  }
}

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' };
const now = new Date('2026-11-21T10:00:00.123Z');

test.each([
  [
    'GET',
    'https://b.s3.eu-central-1.amazonaws.com/?list-type=2&max-keys=100&start-after=aws%2Flambda%2F2026-11-21T10.00.00-x%3A1',
  ],
  ['GET', 'https://b.s3.eu-central-1.amazonaws.com/aws/lambda/id/shardId-1/2026/11/21/2026-11-21T10.00.00-a%20b'],
  ['DELETE', 'https://b.s3.eu-central-1.amazonaws.com/aws/lambda/x%3Ay'],
  ['PUT', 'https://b.s3.eu-central-1.amazonaws.com/records/0001-a', '{"name":"Zoë"}'],
])('%s %s has the same signature as with the SDK', async (method, text, body?: string) => {
  const url = new URL(text);
  const headers = signS3({ method, url, region: 'eu-central-1', body, now }, credentials);
  const signer = new SignatureV4({
    credentials,
    region: 'eu-central-1',
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: true,
  });
  const signed = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host },
      body,
    },
    { signingDate: now },
  );
  expect(headers.authorization).toBe(signed.headers.authorization);
  expect(headers['x-amz-security-token']).toBe('session');
});
