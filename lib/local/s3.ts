/**
 * A local bucket of failed records: serves each line of their file as an object, over the three calls of S3's REST API
 * that Rollcall uses. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from './aws-json.ts';
import { isLocalProgram } from './local-program.ts';

const BUCKET = '/failed-records';
const OWNER_ONLY = 0o600;

type Line = { readonly key: string; readonly text: string };
type Answer = { readonly status: number; readonly body?: string };

const readLines = (file: string): readonly Line[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => ({ key: createHash('sha256').update(text).digest('hex').slice(0, 32), text }))
    : [];

const list = (file: string, query: URLSearchParams): Answer => {
  const after = query.get('start-after') ?? '';
  const limit = Number(query.get('max-keys') ?? 1000);
  const keys = [...new Set(readLines(file).map(({ key }) => key))].sort().filter((key) => key > after);
  const contents = keys.slice(0, limit).map((key) => `<Contents><Key>${key}</Key></Contents>`);
  return { status: 200, body: `<?xml version="1.0"?><ListBucketResult>${contents.join('')}</ListBucketResult>` };
};
/** In the format in which Lambda writes a failed record. */
const read = (file: string, key: string): Answer => {
  const line = readLines(file).find((one) => one.key === key);
  if (line === undefined) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
  return { status: 200, body: JSON.stringify({ version: '1.0', payload: line.text }) };
};
const remove = (file: string, key: string): Answer => {
  const left = readLines(file).filter((one) => one.key !== key);
  writeFileSync(`${file}.new`, left.map(({ text }) => `${text}\n`).join(''), { mode: OWNER_ONLY });
  renameSync(`${file}.new`, file);
  return { status: 204 };
};

/** Serves the file on a free port of the loopback interface. @returns the URL of the bucket */
export async function serveFailureBucket(file: string): Promise<Endpoint> {
  const answer = (method: string, url: URL): Answer => {
    const key = url.pathname.slice(BUCKET.length + 1);
    if (!url.pathname.startsWith(BUCKET)) return { status: 404 };
    if (method === 'GET') return key === '' ? list(file, url.searchParams) : read(file, key);
    return method === 'DELETE' ? remove(file, key) : { status: 405 };
  };
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (!isLocalProgram(request)) return void response.writeHead(403).end();
    try {
      const { status, body } = answer(request.method ?? '', new URL(request.url ?? '', 'http://localhost'));
      response.writeHead(status).end(body);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
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
