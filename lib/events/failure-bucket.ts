/**
 * The bucket that the event source mapping puts failed batches into, each as an object with the records as its payload.
 * Over S3's REST API, whose three calls need less than its SDK, which is 300 kB of a bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import * as z from 'zod/mini';
import type { FailedBatches } from './redrive.ts';
import { type Credentials, signS3 } from './s3-signature.ts';

export type FailureBucketOptions = {
  /** `https://<bucket>.s3.<region>.amazonaws.com`, without a slash at the end. */
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
/** The payload is the event, or its text. */
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

/** Every method throws Error when S3 refuses or does not answer. */
export const createFailureBucket = <Record>({
  url: root,
  region,
  credentials,
}: FailureBucketOptions): FailedBatches<Record> => {
  const call = async (method: string, url: URL): Promise<string> => {
    const headers = signS3({ method, url, region }, await credentials());
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`S3 answers ${response.status} to ${method}`);
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
