/**
 * `npm run check:hostile`: sends the hostile input that earlier versions did not withstand to a local run of its own, and
 * runs the CLI on hostile files. Prints one line for each case; exit code 1 if one is not as expected.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runScim } from '../cli/run-scim.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const Run = z.object({ baseUrl: z.url(), token: z.string(), eventsFile: z.string() });
type Run = z.infer<typeof Run>;
/** Generous, because the machine may be busy; the bound of 50 ms of processor time is test/scim/protocol/bounds.test.ts. */
const MOST_MS = 2000;

const folder = mkdtempSync(join(tmpdir(), 'rollcall-hostile-'));
const root = fileURLToPath(new URL('../..', import.meta.url));
const start = (): { readonly child: ChildProcess; readonly ready: Promise<Run> } => {
  const args = ['--import', 'tsx', 'bin/dev-server.ts', '--memory', '--json', '--port', '0'];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = new Promise<Run>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(Run.parse(JSON.parse(line))));
    child.once('exit', (code) => reject(new Error(`the local run exited with ${code}`)));
  });
  return { child, ready };
};

type Sent = { readonly body?: string; readonly headers?: Record<string, string>; readonly admin?: true };
type Answer = { readonly status: number; readonly text: string; readonly ms: number };
/** Uses node:http, because fetch sends no Host or Origin of its own choice. */
const ask = ({ baseUrl, token }: Run, method: string, path: string, { body = '', headers = {}, admin }: Sent = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const started = performance.now();
    const authorized = admin ? {} : { authorization: `Bearer ${token}` };
    const all = { ...authorized, ...(body === '' ? {} : { 'content-type': 'application/json' }), ...headers };
    const at = new URL(`${new URL(baseUrl).origin}${path}`);
    const sent = request(at, { method, headers: all }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - started });
      });
    });
    sent.on('error', reject).end(body);
  });

const report = (asExpected: boolean, text: string) => {
  console.log(`${asExpected ? 'ok  ' : 'FAIL'}  ${text}`);
  if (!asExpected) process.exitCode = 1;
};
/** @param expected the status, and text that the response contains or must not contain */
const expectStatus = async (
  name: string,
  answer: Promise<Answer>,
  { status, has = '', lacks }: { readonly status: number; readonly has?: string; readonly lacks?: string },
) => {
  const { status: got, text, ms } = await answer;
  const isExpected = got === status && text.includes(has) && (lacks === undefined || !text.includes(lacks));
  report(
    isExpected && ms < MOST_MS,
    `${name}: ${got}, ${Math.round(ms)} ms${isExpected ? '' : ` ${text.slice(0, 200)}`}`,
  );
};

const user = (more: object) => JSON.stringify({ schemas: [USER], userName: crypto.randomUUID(), ...more });
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));

const checkProtocol = async (run: Run) => {
  const made = z
    .object({ id: z.string() })
    .parse(JSON.parse((await ask(run, 'POST', '/scim/v2/Users', { body: user({}) })).text));
  const ann = `/scim/v2/Users/${made.id}`;
  const removals = Array.from({ length: 5000 }, (_, i) => ({ op: 'remove', path: `emails[value eq "${i}"]` }));
  const attributes = Array.from({ length: 50_000 }, (_, i) => `a${i}`);
  const refused = { status: 400, has: 'invalid' };
  const post = (body: string) => ask(run, 'POST', '/scim/v2/Users', { body });
  const manager = { manager: { value: made.id, $ref: 'https://evil.example/1' } };
  const linked = post(user({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: manager }));
  await expectStatus('manager.$ref as sent', linked, { status: 201, lacks: 'evil.example' });
  await expectStatus('two million brackets', ask(run, 'POST', '/scim/v2/Groups', { body: '['.repeat(2e6) }), refused);
  await expectStatus('60,000 unknown keys', post(user(keys(60_000))), refused);
  const patch = JSON.stringify({ schemas: [PATCH], Operations: removals });
  await expectStatus('5,000 removals by value path', ask(run, 'PATCH', ann, { body: patch }), refused);
  const search = JSON.stringify({ schemas: [SEARCH], attributes });
  await expectStatus('50,000 attributes', ask(run, 'POST', '/scim/v2/Users/.search', { body: search }), refused);
  for (const name of ['ann\u200b', '\u202eann'])
    await expectStatus('an invisible name', post(user({ userName: name })), refused);
  await expectStatus('a blank name', post(user({ userName: ' blank ' })), { status: 201, has: '"blank"' });
  await expectStatus('another root', ask(run, 'GET', '/scim/anything/v2/Users'), { status: 404 });
  for (const path of ['/scim/v2/Users', ann, '/scim/v2/Schemas'])
    await expectStatus(`HEAD ${path.slice(0, 16)}`, ask(run, 'HEAD', path), { status: 200 });
};

const checkAdmin = async (run: Run) => {
  const post = (body: string) => ask(run, 'POST', '/scim/admin/directories', { body, admin: true });
  await expectStatus('guard.percent 1e-300', post('{"id":"g","guard":{"percent":1e-300}}'), {
    status: 400,
    has: 'percent',
  });
  const patch = ask(run, 'PATCH', '/scim/admin/directories/demo', {
    body: '{"__proto__":{"mode":"rfc"}}',
    admin: true,
  });
  await expectStatus('__proto__', patch, { status: 400, has: '__proto__' });
  const members = `/scim/admin/directories/demo/export/Groups/${crypto.randomUUID()}/members`;
  await expectStatus('members of no group', ask(run, 'GET', members, { admin: true }), { status: 404 });
  const origin = { origin: 'https://evil.example' };
  const list = ask(run, 'GET', '/scim/admin/directories', { admin: true, headers: origin });
  await expectStatus('a web page', list, { status: 403 });
};

type Expected = { readonly code: number; readonly err: RegExp };
const expectRun = async (name: string, args: readonly string[], { code, err }: Expected) => {
  const ran = await runScim(args);
  const isExpected = ran.code === code && err.test(ran.err) && !/ at .*\.ts:/.test(ran.err);
  report(isExpected, `${name}: exit code ${ran.code}${isExpected ? '' : ` ${ran.err.slice(0, 200)}`}`);
};
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const checkFiles = async (run: Run) => {
  const url = ['--url', run.baseUrl];
  const good = user({ id: crypto.randomUUID() });
  const nested = user({ title: 'x' }).replace('"x"', '['.repeat(5000) + ']'.repeat(5000));
  const deep = write('deep.ndjson', `${nested}\n${good}\n`);
  await expectRun('a deep line', ['import', 'demo', deep, ...url], { code: 1, err: /^line 1: nested more than/ });
  const empty = write('empty.ndjson', '');
  await expectRun('an empty file', ['import', 'demo', empty, ...url], { code: 1, err: /is empty: expected/ });
  const csv = write('people.csv', 'userName,name.givenName\nhostile csv,Ann\n');
  await expectRun('a CSV file', ['import', 'demo', csv, ...url], {
    code: 1,
    err: /^error: [^\n]*--format csv[^\n]*\n$/,
  });
  await expectRun('--format csv', ['import', 'demo', csv, '--format', 'csv', ...url], { code: 0, err: /^$/ });
  const out = join(folder, 'out.ndjson');
  symlinkSync(write('victim', 'precious'), `${out}.part`);
  await expectRun('an export beside a link', ['export', 'demo', '--out', out, ...url], { code: 0, err: /^$/ });
  const isKept = readFileSync(join(folder, 'victim'), 'utf8') === 'precious' && lstatSync(out).isFile();
  report(isKept, 'the file that the link names is unchanged');
  const headless = write('headless.ndjson', readFileSync(out, 'utf8').split('\n').slice(1).join('\n'));
  const kept = ['import', 'demo2', headless, '--keep-ids', ...url];
  await expectRun('kept ids without header', kept, { code: 1, err: /already uses these ids/ });
  await expectRun('a test event', ['events', 'send', 'user.created', '--directory', 'demo', ...url], {
    code: 0,
    err: /^$/,
  });
  const { text } = await ask(run, 'GET', '/scim/v2/Users?filter=userName%20eq%20%22test@example.com%22');
  report(/"totalResults":0/.test(text), 'a test event makes no user');
  report(readFileSync(run.eventsFile, 'utf8').includes('"reason":"test"'), 'a test event has reason test');
};

const { child, ready } = start();
try {
  const run = await ready;
  await checkProtocol(run);
  await checkAdmin(run);
  await checkFiles(run);
} finally {
  child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
