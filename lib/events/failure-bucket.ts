/**
 * The bucket of failed stream records. The event source mapping writes each batch that it gives up as one object, with the
 * records as its payload; the stream function writes each record that can never be published, in the same form.
 * Calls S3's REST API directly, because four calls do not justify the SDK, which adds 300 kB to a bundle.
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
/** The longest that one call takes. */
export const S3_CALL_MS = 5000;
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

type Numbered = {
  readonly eventID?: string | undefined;
  readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined;
};
const DIGITS = 40;
/** The same at every attempt, so that a repeated write replaces the first. Names are in the order of the stream. */
const nameOf = ({ eventID = '', dynamodb }: Numbered): string =>
  `records/${(dynamodb?.SequenceNumber ?? '').padStart(DIGITS, '0')}-${eventID}`;

export type FailureBucket<Record> = FailedBatches<Record> & {
  /** Writes one record. @param reason why it can never be published, without personal data */
  put(record: Record, reason: string): Promise<void>;
};

/** Every method throws Error if S3 refuses the request or does not respond. */
export const createFailureBucket = <Record extends Numbered>({
  url: root,
  region,
  credentials,
}: FailureBucketOptions): FailureBucket<Record> => {
  const call = async (method: string, url: URL, body?: string): Promise<string> => {
    const headers = signS3({ method, url, region, body }, await credentials());
    const response = await fetch(url, { method, headers, body: body ?? null, signal: AbortSignal.timeout(S3_CALL_MS) });
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
      return {
        records: Failed.parse(JSON.parse(text)).payload.Records as unknown as readonly Record[],
        bytes: text.length,
      };
    },
    async put(record, reason) {
      const payload = JSON.stringify({ Records: [record] });
      const object = { version: '1.0', timestamp: new Date().toISOString(), reason, payload };
      await call('PUT', new URL(`${root}/${pathOf(nameOf(record))}`), JSON.stringify(object));
    },
    async remove(name) {
      await call('DELETE', new URL(`${root}/${pathOf(name)}`));
    },
  };
};
