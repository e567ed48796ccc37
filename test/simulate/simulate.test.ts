import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runInside, runScim } from '../cli/run-scim.ts';
import { useLocalRun } from '../support/local-run.ts';
import { programArguments } from '../support/programs.ts';
import { useProxy } from '../support/proxy.ts';

const idps = ['okta', 'okta-oin', 'entra', 'onelogin', 'jumpcloud', 'ping'] as const;
const others = ['recorded', 'linked', 'faulty', 'found'];
const { run, ask, tokenOf } = useLocalRun({ directories: [...idps, ...others].map((id) => ({ id })) });
const proxy = useProxy(() => new URL(run().baseUrl).origin);
const proxied = () => `${proxy.origin()}${new URL(run().baseUrl).pathname}`;

const folder = { path: '' };
beforeAll(async () => {
  folder.path = await mkdtemp(join(tmpdir(), 'rollcall-simulate-'));
});
afterAll(() => rm(folder.path, { recursive: true }));

type Simulated = { readonly url?: string; readonly directory: string; readonly args: readonly string[] };
const simulate = async ({ url = run().baseUrl, directory, args }: Simulated) => {
  const sizes = ['--users', '12', '--groups', '3', '--seed', '7', '--concurrency', '1'];
  const { code, out, err } = await runInside([
    ...['simulate', ...sizes, '--url', url, '--token', tokenOf(directory), '--json'],
    ...args,
  ]);
  // biome-ignore lint/suspicious/noExplicitAny: the assertions define the expected shape of a report
  const report = JSON.parse(out) as any;
  const counts = new Map<string, number>(report.kinds.map(({ kind, count }: never) => [kind, count]));
  return { code, err, report, counts };
};
const totalOf = async (endpoint: string, directory: string) =>
  (await ask('GET', `${endpoint}?count=0`, { directory })).json.totalResults;

// biome-ignore lint/suspicious/noExplicitAny: as above
type Line = any;
const readLines = async (file: string): Promise<Line[]> =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('every provider runs without failures and cleans up', () => {
  test.each(idps)('%s', async (idp) => {
    const record = join(folder.path, `${idp}.ndjson`);
    const args = ['--idp', idp, '--days', '3', '--record', record, '--cleanup', '--concurrency', '4'];
    const { code, report, counts, err } = await simulate({ directory: idp, args });
    expect(report.firstFailures).toEqual([]);
    expect(report.firstDifferences).toEqual([]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(report).toMatchObject({ failures: 0, differences: 0, skipped: 0, interrupted: false, seed: '7' });
    for (const kind of [
      'user create',
      'user update',
      'user deactivate',
      'user reactivate',
      'group create',
      'group members',
    ])
      expect(counts.get(kind), kind).toBeGreaterThan(0);
    expect(await readLines(record)).toHaveLength(report.requests);
    expect((await stat(record)).mode & 0o777).toBe(0o600);
    expect(await totalOf('/Users', idp)).toBe(0);
    expect(await totalOf('/Groups', idp)).toBe(0);
  });
});

describe('the wire format of each provider', () => {
  const requests = async (idp: string) =>
    (await readLines(join(folder.path, `${idp}.ndjson`))).map(({ kind, request }) => ({ kind, ...request }));
  const bodies = async (idp: string) => JSON.stringify((await requests(idp)).map(({ body }) => body));

  test('Entra ID: capitalized ops, strings for booleans, null references, no members in lookups', async () => {
    const sent = await requests('entra');
    const all = await bodies('entra');
    expect(sent[0].target).toMatch(/^\/Users\?filter=userName\+eq\+%22[0-9a-f-]{36}%22$/);
    expect(all).toContain('{"Operations":[{"op":"Replace","path":"active","value":"False"}],"schemas":[');
    expect(all).toContain('"active":"True"');
    expect(all).toMatch(/"op":"Remove","path":"members","value":\[\{"\$ref":null,"value":"/);
    expect(all).toMatch(
      /"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"/,
    );
    expect(sent.some(({ target }) => target.includes('%23EXT%23'))).toBe(true);
    const lookups = sent.filter(({ kind }) => kind === 'group lookup').map(({ target }) => target);
    expect(lookups[0]).toMatch(/^\/Groups\?excludedAttributes=members&filter=displayName\+eq\+%22/);
    expect(sent.some(({ method, kind }) => method === 'DELETE' && kind === 'user delete')).toBe(true);
    expect(sent.some(({ method }) => method === 'PUT')).toBe(false);
  });

  test('Okta, custom app: GET then PUT, also for groups; its headers on every request', async () => {
    const sent = await requests('okta');
    expect(sent.map(({ method }) => method)).not.toContain('PATCH');
    expect(sent[0]).toMatchObject({ target: '/Users?startIndex=1&count=2' });
    expect(sent[0].headers).not.toHaveProperty('Content-Type');
    for (const { kind, headers } of sent.slice(2).filter(({ kind }) => kind !== 'connection test')) {
      expect(headers, kind).toMatchObject({ 'User-Agent': 'Okta SCIM Client 1.0.0', 'Accept-Encoding': 'gzip' });
      expect(headers['Content-Type']).toBe('application/scim+json; charset=utf-8');
    }
    const at = sent.findIndex(({ kind }) => kind === 'user deactivate');
    expect(sent[at]).toMatchObject({ method: 'PUT', body: { active: false, meta: { resourceType: 'User' } } });
    const update = sent.find(({ kind }) => kind === 'group members');
    expect(update.body.members[0]).toEqual({ value: expect.any(String), display: expect.stringContaining('@') });
  });

  test('Okta, catalog app: PATCH without path for the status, the name before each membership change', async () => {
    const sent = await requests('okta-oin');
    const status = sent.find(({ kind }) => kind === 'user deactivate');
    expect(status.body.Operations).toEqual([{ op: 'replace', value: { active: false } }]);
    const names = sent.filter(({ kind }) => kind === 'group update');
    expect(names[0].body.Operations).toEqual([
      { op: 'replace', value: { id: expect.any(String), displayName: expect.any(String) } },
    ]);
    for (const [i, { kind, target }] of sent.entries()) {
      const before = sent.slice(0, i).findLast((request) => request.target === target);
      if (kind === 'group members') expect(before.kind).toBe('group update');
    }
    expect(await bodies('okta-oin')).toMatch(/"op":"remove","path":"members\[value eq \\"/);
  });

  test('OneLogin: neither User-Agent nor Accept, a trailing & and ?, nulls, one member per PATCH', async () => {
    const sent = await requests('onelogin');
    expect(Object.keys(sent[0].headers)).toEqual([]);
    expect(sent[0].target).toMatch(/^\/Users\?filter=userName\+eq\+%22.*%22&$/);
    const put = sent.find(({ method }) => method === 'PUT');
    expect(put.target).toMatch(/\?$/);
    expect(put.body.schemas).toEqual(['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0']);
    const posts = sent.filter(({ kind }) => kind === 'user create').map(({ body }) => body);
    expect(posts[0]).toMatchObject({ id: null, meta: { created: null } });
    expect(new Set(posts.map(({ active }) => active))).toEqual(new Set(['true', true]));
    for (const { body } of sent.filter(({ kind }) => kind === 'group members')) {
      expect(body.Operations).toHaveLength(1);
      expect(body.Operations[0].value ?? [1]).toHaveLength(1);
    }
  });

  test('JumpCloud: a test user and group at activation, application/json, one operation per attribute', async () => {
    const sent = await requests('jumpcloud');
    const activation = sent.filter(({ kind }) => kind === 'connection test').map(({ method }) => method);
    expect(activation).toEqual(['GET', 'GET', 'POST', 'PUT', 'GET', 'POST', 'PATCH', 'DELETE', 'DELETE']);
    expect(sent.every(({ headers }) => headers['Content-Type'] === 'application/json')).toBe(true);
    const update = sent.find(({ kind }) => kind === 'user update');
    for (const operation of update.body.Operations)
      expect(operation).toMatchObject({ op: 'replace', path: expect.any(String) });
  });

  test('PingFederate: username in filters, all groups listed, PUT for all, two primary addresses', async () => {
    const sent = await requests('ping');
    expect(sent[0].target).toContain('filter=username%20eq%20');
    expect(sent.map(({ method }) => method)).not.toContain('PATCH');
    expect(sent.some(({ target }) => target === '/Groups?startIndex=1&count=1000')).toBe(true);
    expect(
      sent.some(({ body }) => body?.emails?.every(({ primary }: Line) => primary) && body.emails.length === 2),
    ).toBe(true);
  });
});

describe('the same seed sends the same requests', () => {
  /** Requests, with the ids assigned by the server replaced by their position. */
  const requestsOf = async (seed: string, idp: string): Promise<string[]> => {
    const record = join(folder.path, `${idp}-${seed}-again.ndjson`);
    const args = ['--idp', idp, '--seed', seed, '--record', record, '--cleanup'];
    expect((await simulate({ directory: 'recorded', args })).code).toBe(0);
    const lines = await readLines(record);
    const ids = lines.filter(({ request }) => request.method === 'POST').map(({ answer }) => String(answer.body.id));
    const text = ids.reduce(
      (whole, id, i) => whole.replaceAll(id, `id-${i}`),
      JSON.stringify(lines.map(({ request }) => request)),
    );
    expect(text).not.toContain(tokenOf('recorded'));
    // A PUT contains what GET returned: meta and the order of groups depend on the server.
    return (JSON.parse(text) as Line[]).map(({ body, ...request }) =>
      JSON.stringify({ ...request, body: { ...body, meta: null, groups: null } }),
    );
  };

  test.each(['entra', 'okta'])('%s', async (idp) => {
    const first = await requestsOf('a', idp);
    expect(await requestsOf('a', idp)).toEqual(first);
    expect(await requestsOf('b', idp)).not.toEqual(first);
  });
});

test('a second initial sync links existing users and groups', async () => {
  for (const idp of ['entra', 'okta', 'jumpcloud', 'onelogin', 'ping']) {
    const args = ['--idp', idp, '--days', '0', '--seed', 'linked'];
    await simulate({ directory: 'linked', args });
    const { code, counts, report } = await simulate({ directory: 'linked', args });
    expect(report).toMatchObject({ failures: 0, differences: 0 });
    expect(code).toBe(0);
    expect(counts.get('user create')).toBeUndefined();
    expect(counts.get('group create')).toBeUndefined();
  }
});

describe('server faults are found', () => {
  const faulty = (args: readonly string[]) =>
    simulate({ url: proxied(), directory: 'faulty', args: ['--cleanup', ...args] });
  const once = () => {
    let times = 0;
    return () => times++ === 0;
  };
  beforeEach(() => proxy.meddle((_, forward) => forward()));

  test('an acknowledged membership change that was lost', async () => {
    const first = once();
    proxy.meddle(async ({ method, path }, forward) =>
      method === 'PATCH' && path.includes('/Groups/') && first() ? { status: 204, headers: {}, body: '' } : forward(),
    );
    const { code, report, err } = await faulty(['--idp', 'entra', '--days', '0']);
    expect(report.failures).toBe(0);
    expect(report.differences).toBeGreaterThan(0);
    expect(report.firstDifferences[0]).toMatch(/^group .*: member \S+ is missing$/);
    const message = `0 failures, ${report.differences} differences in the directory.`;
    expect({ code, error: JSON.parse(err) }).toEqual({ code: 1, error: { error: { code: 'failed', message } } });
  });

  test('a deactivation that was lost', async () => {
    proxy.meddle(async ({ method, body }, forward) =>
      method === 'PATCH' && body.includes('"False"') ? { status: 204, headers: {}, body: '' } : forward(),
    );
    const { report } = await faulty(['--idp', 'entra', '--days', '2']);
    expect(report.firstDifferences).toContainEqual(expect.stringMatching(/^user .*: active is true, expected false$/));
  });

  test('a department change that was lost', async () => {
    proxy.meddle(async ({ method, body }, forward) =>
      method === 'PATCH' && body.includes(':department') ? { status: 204, headers: {}, body: '' } : forward(),
    );
    const { report } = await faulty(['--idp', 'entra']);
    expect(report.firstDifferences).toContainEqual(expect.stringMatching(/User\.department is "/));
  });

  test('a group and a user missing from the list, and one listed twice', async () => {
    proxy.meddle(async ({ method, path }, forward) => {
      const passed = await forward();
      if (method !== 'GET' || !path.includes('startIndex=1&count=100')) return passed;
      const list = JSON.parse(passed.body) as { Resources: unknown[]; totalResults: number };
      const [first, second] = list.Resources;
      const Resources = [first, first, ...list.Resources.slice(2)];
      return second === undefined ? passed : { ...passed, body: JSON.stringify({ ...list, Resources }) };
    });
    const { report } = await faulty(['--idp', 'jumpcloud', '--days', '0']);
    const found = report.firstDifferences.join('\n');
    expect(found).toMatch(/\/Users\/\S+ is listed twice/);
    expect(found).toMatch(/user \S+ \(\S+\) is not listed/);
    expect(found).toMatch(/group .* is not listed/);
  });

  test("an error is reported with the server's detail, and dependent events are skipped", async () => {
    const first = once();
    proxy.meddle(async ({ method, path }, forward) =>
      method === 'POST' && path.endsWith('/Groups') && first()
        ? { status: 500, headers: { 'content-type': 'application/scim+json' }, body: '{"detail":"no luck today"}' }
        : forward(),
    );
    const { code, report } = await faulty(['--idp', 'okta']);
    expect(code).toBe(1);
    expect(report).toMatchObject({ failures: 1, differences: 0 });
    expect(report.skipped).toBeGreaterThan(0);
    expect(report.firstFailures).toEqual([
      {
        ...{ kind: 'group create', method: 'POST', target: '/Groups', status: 500 },
        ...{ fault: 'returned 500, expected 201', detail: 'no luck today', times: 1 },
      },
    ]);
  });

  test.each([
    [
      'a media type that Entra ID rejects',
      'application/json',
      '"totalResults":0',
      /Content-Type is 'application\/json'$/,
    ],
    ['a list whose total is a string', 'application/scim+json', '"totalResults":"0"', /^the response's totalResults: /],
  ])('%s', async (_, type, total, fault) => {
    const schemas = '"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]';
    proxy.meddle(async () => ({ status: 200, headers: { 'content-type': type }, body: `{${schemas},${total}}` }));
    const { report } = await faulty(['--idp', 'entra']);
    expect(report).toMatchObject({ failures: 1, requests: 1 });
    expect(report).not.toHaveProperty('differences');
    expect(report.firstFailures[0]).toMatchObject({ kind: 'connection test', fault: expect.stringMatching(fault) });
  });

  test('429 is retried after Retry-After', async () => {
    const first = once();
    proxy.meddle(async ({ method }, forward) =>
      method === 'POST' && first() ? { status: 429, headers: { 'retry-after': '1' }, body: '' } : forward(),
    );
    const { code, report } = await faulty(['--idp', 'okta', '--days', '0', '--users', '2', '--groups', '0']);
    expect(report).toMatchObject({ failures: 0, throttled: 1 });
    expect(report.seconds).toBeGreaterThanOrEqual(1);
    expect(code).toBe(0);
  });

  test('a token that the server echoes is not recorded', async () => {
    const record = join(folder.path, 'echo.ndjson');
    const token = tokenOf('faulty');
    proxy.meddle(async () => ({ status: 500, headers: {}, body: `your token ${token}` }));
    const { report, err } = await faulty(['--idp', 'okta', '--record', record]);
    expect(await readFile(record, 'utf8')).toContain('your token [token]');
    expect(await readFile(record, 'utf8')).not.toContain(token);
    expect(JSON.stringify(report) + err).not.toContain(token);
  });

  test('the request rate is limited', async () => {
    const { report } = await faulty(['--idp', 'okta', '--days', '0', '--users', '4', '--groups', '0', '--rate', '10']);
    expect(report.requests).toBeGreaterThanOrEqual(10);
    expect(report.requestsPerSecond).toBeLessThan(12);
  });
});

test('Ctrl-C prints the summary so far and cleans up', async () => {
  const { spawn } = await import('node:child_process');
  const root = new URL('../../', import.meta.url).pathname;
  const args = ['simulate', '--idp', 'okta', '--url', proxied(), '--rate', '20', '--users', '500', '--cleanup'];
  const child = spawn(process.execPath, [...programArguments('scim'), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, SCIM_TOKEN: tokenOf('found') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (data) => (output.out += data));
  child.stderr.on('data', (data) => (output.err += data));
  let created = 0;
  proxy.meddle(async ({ method }, forward) => {
    if (method === 'POST' && ++created === 6) child.kill('SIGINT');
    return forward();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(output.out).toMatch(/^user create +\d+ +0 /m);
  expect(output.out).toMatch(/\nInterrupted: 0 failures, the directory was not compared\n$/);
  expect({ code, err: output.err }).toEqual({
    code: 1,
    err: 'error: Interrupted: 0 failures, the directory was not compared.\n',
  });
  expect(await totalOf('/Users', 'found')).toBe(0);
});

describe('the server', () => {
  const args = ['simulate', '--idp', 'ping', '--users', '1', '--groups', '0', '--cleanup'];

  test('without --url: the local run of the data folder, its first directory or the one given', async () => {
    const environment = { ROLLCALL_DATA: folder.path };
    await writeFile(join(folder.path, 'run.json'), JSON.stringify({ baseUrl: run().baseUrl }));
    await writeFile(join(folder.path, 'tokens.json'), JSON.stringify({ found: tokenOf('found'), ping: 'wrong' }));
    const ran = await runScim(args, { environment });
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/^PingFederate: 2 users and 0 groups at the end/);
    expect((await runScim([...args, '--directory', 'ping'], { environment })).out).toContain('returned 401');
    const unknown = await runScim([...args, '--directory', 'x'], { environment });
    expect(unknown).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(/^error: .*directory x, expected one of found, ping\.\n$/),
    });
  });

  test('no local run', async () => {
    const ran = await runScim(args, { environment: { ROLLCALL_DATA: '/nowhere' } });
    expect(ran).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error: No local run found: .*npm start.*\n$/),
    });
  });

  test('an unreachable server', async () => {
    const ran = await runInside([...args, '--url', 'http://127.0.0.1:9/scim', '--token', 'x']);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('no response (ECONNREFUSED)');
  });
});

describe('bad usage exits with 2 and one line', () => {
  test.each([
    ['simulate', /Required option '--idp <name>'/],
    ['simulate --idp acme', /okta, okta-oin, entra/],
    ['simulate --idp okta --users many', /number from 0/],
    ['simulate --idp okta --rate 0', /requests per second/],
    ['simulate --idp okta --concurrency 0', /number from 1/],
    ['simulate --idp okta --seed a/b', /letters/],
    ['simulate --idp okta --url ftp://x --token y', /http or https/],
    ['simulate --idp okta --url http://x', /--url requires --token/],
    ['simulate --idp okta --token secret', /--token requires --url/],
    ['simulate --idp okta --url http://x --token sécret', /ASCII/],
    ['simulate --idp okta --url http://x --token y --record /no/such/file', /Cannot write \/no\/such\/file/],
    ['simulate --idp okta --url http://x --directory y', /cannot be used with/],
    ['simulate acme --idp okta', /Too many arguments/],
  ])('scim %s', async (args, text) => {
    const ran = await runInside(args.split(' '));
    expect(ran).toEqual({ code: 2, out: '', err: expect.stringMatching(text) });
    expect(ran.err).toMatch(/^error: [^\n]+\n$/);
    expect(ran.err).not.toMatch(/s[eé]cret/);
  });
});

test('the help has examples', async () => {
  const { code, out } = await runInside(['simulate', '--help']);
  expect(code).toBe(0);
  expect(out).toContain('\nExamples:\n  $ scim simulate');
});
