/**
 * A local bucket of failed records, over the four calls of S3's REST API that Rollcall uses. Its objects are the lines of
 * a file: a batch that the local event source mapping gave up, or an object that a function has put, with its key.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import type { Endpoint } from './aws-json.ts';
import { isLocalProgram } from './local-program.ts';

const BUCKET = '/failed-records';
const OWNER_ONLY = 0o600;

/** `object` is what a GET of the key returns. */
type Line = { readonly key: string; readonly text: string; readonly object: string };
type Answer = { readonly status: number; readonly body?: string };

const Put = z.object({ key: z.string(), object: z.string() });
/** A line that was not put is a batch of records, which the event source mapping writes as the payload of an object. */
const toLine = (text: string): Line => {
  const put = Put.safeParse(parseJson(text)).data;
  if (put !== undefined) return { ...put, text };
  const key = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { key, text, object: JSON.stringify({ version: '1.0', payload: text }) };
};
const readLines = (file: string): readonly Line[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map(toLine)
    : [];

const list = (file: string, query: URLSearchParams): Answer => {
  const after = query.get('start-after') ?? '';
  const limit = Number(query.get('max-keys') ?? 1000);
  const keys = [...new Set(readLines(file).map(({ key }) => key))].sort().filter((key) => key > after);
  const contents = keys.slice(0, limit).map((key) => `<Contents><Key>${key}</Key></Contents>`);
  return { status: 200, body: `<?xml version="1.0"?><ListBucketResult>${contents.join('')}</ListBucketResult>` };
};
const read = (file: string, key: string): Answer => {
  const line = readLines(file).find((one) => one.key === key);
  if (line === undefined) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
  return { status: 200, body: line.object };
};
const remove = (file: string, key: string): Answer => {
  const left = readLines(file).filter((one) => one.key !== key);
  writeFileSync(`${file}.new`, left.map(({ text }) => `${text}\n`).join(''), { mode: OWNER_ONLY });
  renameSync(`${file}.new`, file);
  return { status: 204 };
};

const put = (file: string, key: string, object: string): Answer => {
  if (readLines(file).some((one) => one.key === key)) remove(file, key);
  appendFileSync(file, `${JSON.stringify({ key, object })}\n`, { mode: OWNER_ONLY });
  return { status: 200 };
};

const readBody = async (stream: AsyncIterable<Buffer>) => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/** Serves the file on a free port of the loopback interface. @returns the URL of the bucket */
export async function serveFailureBucket(file: string): Promise<Endpoint> {
  const answer = (method: string, url: URL, body: string): Answer => {
    const key = decodeURIComponent(url.pathname.slice(BUCKET.length + 1));
    if (!url.pathname.startsWith(BUCKET)) return { status: 404 };
    if (method === 'PUT') return put(file, key, body);
    if (method === 'GET') return key === '' ? list(file, url.searchParams) : read(file, key);
    return method === 'DELETE' ? remove(file, key) : { status: 405 };
  };
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (!isLocalProgram(request)) return void response.writeHead(403).end();
    const respond = async () => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const { status, body } = answer(request.method ?? '', url, await readBody(request));
      response.writeHead(status).end(body);
    };
    respond().catch((error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BUCKET}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
