/**
 * The bucket to which the event source mapping writes failed batches, one object each with the records as its payload.
 * Calls S3's REST API directly, because three calls do not justify the SDK, which adds 300 kB to a bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import * as z from 'zod/mini';
import type { FailedBatches } from './redrive.ts';
import { type Credentials, signS3 } from './s3-signature.ts';

export type FailureBucketOptions = {
  /** `https://<bucket>.s3.<region>.amazonaws.com`, without a trailing slash. */
  readonly url: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
};

const AT_ONCE = 100;
const TIMEOUT_MS = 10_000;
const Batch = z.object({ Records: z.array(z.looseObject({})) });
const Text = z.pipe(
  z.string(),
  z.transform((text): unknown => JSON.parse(text)),
);
/** The payload is the event, as an object or as JSON text. */
const Failed = z.object({ payload: z.union([z.pipe(Text, Batch), Batch]) });

const decodeXml = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
const keysIn = (xml: string) => [...xml.matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key = '']) => decodeXml(key));
const pathOf = (key: string) => key.split('/').map(encodeURIComponent).join('/');

/** Every method throws Error if S3 refuses the request or does not respond. */
export const createFailureBucket = <Record>({
  url: root,
  region,
  credentials,
}: FailureBucketOptions): FailedBatches<Record> => {
  const call = async (method: string, url: URL): Promise<string> => {
    const headers = signS3({ method, url, region }, await credentials());
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`S3 responded to ${method} with status ${response.status}`);
    return text;
  };
  return {
    async list(after) {
      const url = new URL(`${root}/`);
      url.searchParams.set('list-type', '2');
      url.searchParams.set('max-keys', String(AT_ONCE));
      if (after !== undefined) url.searchParams.set('start-after', after);
      return keysIn(await call('GET', url));
    },
    async read(name) {
      const text = await call('GET', new URL(`${root}/${pathOf(name)}`));
      return Failed.parse(JSON.parse(text)).payload.Records as readonly Record[];
    },
    async remove(name) {
      await call('DELETE', new URL(`${root}/${pathOf(name)}`));
    },
  };
};
