/**
 * `node --import tsx test/tools/import-scale.ts [--users 100000] [--groups 50] [--dry-run] [--twice] [--kill-half-way]`:
 * measures memory and speed of `scim import`. The admin function runs on an engine whose table has no stream, because
 * every stream record slows the engine's writes. Prints one line of JSON for each run, including the killed one. Exit
 * code 1 if a run needs more than 1 GB, or if the export does not contain each resource of the file exactly once. Linux
 * only: it reads /proc.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { readLines } from '../../lib/transfer/read-lines.ts';

const LIMIT_MB = 1024;
const DIRECTORY = 'scale';
const SAMPLE_MS = 100;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    groups: { type: 'string', default: '50' },
    'dry-run': { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    'kill-half-way': { type: 'boolean', default: false },
  },
});
const [users, groups] = [Number(values.users), Number(values.groups)];

/** Derives an id from a name, so that runs are comparable. */
const idOf = (name: string) => {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
const userLine = (i: number) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: idOf(`user ${i}`),
  userName: `person.${i}@example.com`,
  externalId: `00u${i}`,
  name: { givenName: `Given ${i}`, familyName: `Family ${i % 1000}`, formatted: `Given ${i} Family ${i % 1000}` },
  displayName: `Given ${i} Family`,
  emails: [{ value: `person.${i}@example.com`, type: 'work', primary: true }],
  title: 'Engineer',
  active: true,
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
    department: `Department ${i % 40}`,
    // Each manager has eight reports.
    ...(i === 0 ? {} : { manager: { value: idOf(`user ${Math.floor((i - 1) / 8)}`) } }),
  },
});
/** The first group has all users, at most 10,000; each other group has 200. */
const groupLine = (k: number) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  id: idOf(`group ${k}`),
  displayName: `Group ${k}`,
  members: Array.from({ length: Math.min(k === 0 ? 10_000 : 200, users) }, (_, i) => ({
    value: idOf(`user ${(k * 200 + i) % users}`),
    type: 'User',
  })),
});

const writeFile = async (path: string) => {
  const file = createWriteStream(path);
  const write = async (line: object) => {
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
  };
  for (let i = 0; i < users; i++) await write(userLine(i));
  for (let k = 0; k < groups; k++) await write(groupLine(k));
  file.end();
  await once(file, 'close');
};

const readBody = async (request: IncomingMessage) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/**
 * Starts the admin function on its own engine.
 * @param onLines receives the number of import lines processed so far
 */
const startServer = async (onLines: (lines: number) => void) => {
  const engine = await startEngine();
  Object.assign(process.env, {
    TABLE_NAME: 'rollcall',
    TOKEN_SECRET_PREFIX: 'rollcall/scale',
    ROLLCALL_SCHEME: 'http',
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: engine.endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
  await createTable(new DynamoDBClient(), 'rollcall', { stream: false });
  // The function reads its environment on load.
  const { handler } = await import('../../functions/admin.ts');
  let lines = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const event = {
      httpMethod: request.method,
      headers: request.headers,
      queryStringParameters: Object.fromEntries(url.searchParams),
      body: (await readBody(request)) || null,
      isBase64Encoded: false,
      requestContext: { domainName: request.headers.host, path: url.pathname, requestId: 'scale' },
    };
    const answer = await handler(event as unknown as APIGatewayProxyEvent, {} as Context);
    response.writeHead(answer.statusCode, answer.headers as Record<string, string>).end(answer.body);
    if (!url.pathname.endsWith('/import')) return;
    lines += event.body?.split('\n').length ?? 0;
    onLines(lines);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await engine.stop();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`, stop };
};

/** @returns the peak memory of the process in MB; 0 if it has exited */
const peakOf = (pid: number): number => {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
};

let running: ChildProcess | undefined;
const runScim = async (args: readonly string[]) => {
  const start = Date.now();
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/scim.ts', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running = child;
  let [out, peakMegabytes] = ['', 0];
  child.stdout.on('data', (data) => {
    out += data;
  });
  const sampling = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid ?? 0));
  }, SAMPLE_MS);
  const [code] = await once(child, 'close');
  clearInterval(sampling);
  return { code, out, peakMegabytes, seconds: Math.round((Date.now() - start) / 100) / 10 };
};

type Exported = Partial<ReturnType<typeof userLine> & ReturnType<typeof groupLine>>;
/** Counts the resources of an export. `equal` is false if any are missing or duplicated. */
const compare = async (exported: string) => {
  const names = new Set<string>();
  const found = { users: 0, groups: 0, members: 0 };
  for await (const { text } of readLines(exported)) {
    const { userName, displayName, members } = JSON.parse(text) as Exported;
    if (userName !== undefined) found.users += 1;
    else if (displayName !== undefined) found.groups += 1;
    else continue;
    names.add(userName ?? displayName ?? '');
    found.members += new Set(members?.map(({ value }) => value)).size;
  }
  const members = Array.from({ length: groups }, (_, k) => groupLine(k).members.length).reduce((a, b) => a + b, 0);
  const equal = isDeepStrictEqual(found, { users, groups, members }) && names.size === users + groups;
  return { ...found, names: names.size, equal };
};

const folder = mkdtempSync(join(tmpdir(), 'import-scale-'));
let killAt = values['kill-half-way'] ? users / 2 : Number.POSITIVE_INFINITY;
const server = await startServer((lines) => {
  if (lines < killAt) return;
  killAt = Number.POSITIVE_INFINITY;
  running?.kill('SIGKILL');
});
const file = join(folder, 'scale.ndjson');
const importOnce = async () => {
  const killed = values['kill-half-way'] && Number.isFinite(killAt);
  const args = ['import', DIRECTORY, file, '--json', '--url', server.url, ...(values['dry-run'] ? ['--dry-run'] : [])];
  const { code, out, peakMegabytes, seconds } = await runScim(args);
  const result = killed ? 'killed' : JSON.parse(out);
  console.log(JSON.stringify({ users, groups, seconds, peakMegabytes, code, result }));
  if (code !== (killed ? null : 0) || peakMegabytes > LIMIT_MB || peakMegabytes === 0) process.exitCode = 1;
};
try {
  await writeFile(file);
  await runScim(['directory', 'create', DIRECTORY, '--no-token', '--url', server.url]);
  const rounds = 1 + Number(values.twice) + Number(values['kill-half-way']);
  for (let round = 0; round < rounds; round++) await importOnce();
  if (!values['dry-run']) {
    await runScim(['export', DIRECTORY, '--out', `${file}.out`, '--json', '--url', server.url]);
    const exported = await compare(`${file}.out`);
    console.log(JSON.stringify({ exported }));
    if (!exported.equal) process.exitCode = 1;
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
