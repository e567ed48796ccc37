import { beforeEach, describe, expect, test } from 'vitest';
import { checks } from '../../lib/doctor/checks.ts';
import { runInside, runScim } from '../cli/run-scim.ts';
import { useLocalRun } from '../support/local-run.ts';
import { programArguments } from '../support/programs.ts';
import { type Passed, type Passing, useProxy } from '../support/proxy.ts';

const { run, ask, tokenOf } = useLocalRun({ directories: [{ id: 'sound' }, { id: 'faulty' }, { id: 'stopped' }] });
const proxy = useProxy(() => new URL(run().baseUrl).origin);
const proxied = () => `${proxy.origin()}${new URL(run().baseUrl).pathname}`;
beforeEach(() => proxy.meddle((_, forward) => forward()));

/** May fail on a busy machine, so only its own test considers it. */
const SPEED = 'latency.p95';

type Found = { id: string; outcome: string; saw: string; milliseconds: number; grade: string; source: string };
const doctor = async (args: readonly string[], directory: string, url = proxied()) => {
  const { code, out, err } = await runInside([
    'doctor',
    '--url',
    url,
    '--token',
    tokenOf(directory),
    '--json',
    ...args,
  ]);
  const { findings, leftBehind } = JSON.parse(out) as { findings: Found[]; leftBehind: string[] };
  const ids = (outcome: string) => findings.filter((finding) => finding.outcome === outcome).map(({ id }) => id);
  return {
    code,
    err,
    findings,
    leftBehind,
    failed: ids('fail').filter((id) => id !== SPEED),
    slow: ids('fail').includes(SPEED),
    skipped: ids('skip'),
    passed: ids('pass'),
  };
};
const expectNothingLeft = async (directory: string) => {
  for (const endpoint of ['/Users', '/Groups'])
    expect((await ask('GET', `${endpoint}?count=0`, { directory })).json.totalResults, endpoint).toBe(0);
};
/** Forwards the request and changes the response. */
const change = (how: (request: Passing, passed: Passed) => Passed) =>
  proxy.meddle(async (request, forward) => how(request, await forward()));

test('every check has a unique id and a source', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  expect(checks.length).toBeGreaterThan(100);
  for (const { id, source } of checks) {
    expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
    expect(source).toMatch(/RFC|Okta|Entra|WHATWG/);
  }
});

test('Rollcall passes every check, and nothing is left behind', async () => {
  const ran = await runScim(['doctor', '--url', run().baseUrl], {
    environment: { SCIM_TOKEN: tokenOf('sound') },
  });
  expect(ran.out).not.toMatch(/^ {2}(FAIL|skip)(?!.*latency\.p95)/m);
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(/^ {2}ok {4}must {4}create\.location {2,}\d+ ms {2}201 has a Location header/m);
  expect(ran.out).toMatch(/\n\d+ checks: \d+ passed, 0 must and [01] should failed, 0 skipped\n$/);
  expect(ran.out.match(/^ {2}(ok|FAIL) /gm)).toHaveLength(checks.length + 1);
  await expectNothingLeft('sound');
});

describe('planted faults are found without false positives', () => {
  const without = ({ headers, ...passed }: Passed, name: string): Passed => {
    const { [name]: _, ...rest } = headers;
    return { ...passed, headers: rest };
  };

  test('missing headers: no Location, no ETag', async () => {
    change((_, passed) => without(without(passed, 'location'), 'etag'));
    const { code, err, failed, skipped, leftBehind } = await doctor([], 'faulty');
    expect(failed).toEqual(['create.location', 'version.etag']);
    expect(skipped).toEqual(['version.moves', 'version.not-modified', 'version.precondition']);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/"Failed checks: 1 must, [12] should\."\}\}\n$/),
    });
    expect(leftBehind).toEqual([]);
    await expectNothingLeft('faulty');
  });

  test('wrong statuses: 500 instead of 404, 400 instead of 409', async () => {
    const others: Record<number, number> = { 404: 500, 409: 400 };
    change((_, passed) => ({ ...passed, status: others[passed.status] ?? passed.status }));
    const { failed } = await doctor(['--only', 'create,read,replace,delete,patch,message'], 'faulty');
    expect(failed).toEqual([
      ...[
        'create.conflict',
        'create.conflict-by-case',
        'read.unknown',
        'replace.unknown',
        'delete.user',
        'delete.twice',
      ],
      ...['patch.unknown-user', 'patch.conflict', 'message.unknown-endpoint'],
    ]);
    await expectNothingLeft('faulty');
  });

  test('a failed should alone exits with 0; --idp okta runs no checks specific to Entra ID', async () => {
    change((_, passed) => without(passed, 'etag'));
    const { code, failed, passed } = await doctor(['--idp', 'okta', '--only', 'connection,version,entra'], 'faulty');
    expect({ code, failed }).toEqual({ code: 0, failed: ['version.etag'] });
    expect(passed).toContain('connection.okta');
    expect(passed.filter((id) => id.includes('entra.') || id.includes('external-id'))).toEqual([]);
  });

  test('404 for an empty list', async () => {
    change((_, passed) => (passed.body.includes('"totalResults":0') ? { ...passed, status: 404 } : passed));
    const { failed } = await doctor(['--only', 'authentication,connection,delete.user', '--idp', 'entra'], 'faulty');
    expect(failed).toEqual(['connection.entra', 'connection.entra-external-id', 'delete.user']);
  });

  test('a numeric status in errors; 401 without a SCIM body', async () => {
    change((_, passed) =>
      passed.status === 401
        ? { ...passed, headers: { 'content-type': 'application/json' }, body: '{"message":"Unauthorized"}' }
        : { ...passed, body: passed.body.replace(/"status":"(\d+)"/, '"status":$1') },
    );
    const { failed } = await doctor(['--only', 'authentication,read,filter.invalid'], 'faulty');
    expect(failed).toEqual(['authentication.error-body', 'read.unknown', 'filter.invalid']);
  });

  const refusal = (scimType: string): Passed => ({
    status: 400,
    headers: { 'content-type': 'application/scim+json' },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      ...{ status: '400', scimType, detail: 'no' },
    }),
  });

  test('string booleans refused', async () => {
    proxy.meddle(async ({ body }, forward) => (/"(True|False)"/.test(body) ? refusal('invalidValue') : forward()));
    const { failed, findings } = await doctor(['--only', 'create,entra'], 'faulty');
    expect(failed).toEqual(['create.boolean-string', 'entra.boolean-string']);
    expect(findings.find(({ id }) => id === 'create.boolean-string')).toMatchObject({
      saw: 'POST /Users returned 400 invalidValue: no, expected 201',
      source: 'Entra ID, mapping of active by expression',
    });
  });

  test('create-on-miss refused', async () => {
    proxy.meddle(async ({ body }, forward) => (body.includes('eq \\"') ? refusal('noTarget') : forward()));
    const { failed } = await doctor(['--only', 'entra'], 'faulty');
    expect(failed).toEqual(['entra.create-on-miss', 'entra.add-on-miss', 'entra.sub-attribute-case']);
  });

  test('two primaries kept', async () => {
    change(({ body }, passed) => {
      if (!/"primary":true.*"primary":true/.test(body)) return passed;
      const { emails = [], ...rest } = JSON.parse(passed.body) as { emails?: object[] };
      return {
        ...passed,
        body: JSON.stringify({ ...rest, emails: emails.map((email) => ({ ...email, primary: true })) }),
      };
    });
    expect((await doctor(['--only', 'create'], 'faulty')).failed).toEqual(['create.one-primary']);
  });

  test('a slow server exits with 1 with --fail-on should', async () => {
    proxy.meddle(async (_, forward) => {
      await new Promise((resolve) => setTimeout(resolve, 650));
      return forward();
    });
    const { code, failed, slow } = await doctor(['--only', 'read', '--fail-on', 'should'], 'faulty');
    expect({ code, failed, slow }).toEqual({ code: 1, failed: [], slow: true });
  });

  test('a resource created by a failed request is found by name and deleted, even if sw is unsupported', async () => {
    proxy.meddle(async ({ method, path }, forward) => {
      if (path.includes('%20sw%20')) return refusal('invalidFilter');
      const passed = await forward();
      return method === 'POST' ? { status: 502, headers: {}, body: 'bad gateway' } : passed;
    });
    const { code, skipped, leftBehind } = await doctor(['--only', 'read,group'], 'faulty');
    expect(code).toBe(1);
    expect(skipped).toContain('read.user');
    expect(leftBehind).toEqual([]);
    await expectNothingLeft('faulty');
  });

  test('resources that cannot be deleted are reported', async () => {
    proxy.meddle(async ({ method, path }, forward) =>
      method === 'DELETE' && path.includes('/Groups/') ? { status: 501, headers: {}, body: '' } : forward(),
    );
    const { code, err, leftBehind } = await doctor(['--only', 'group.put,group.create'], 'faulty');
    expect(code).toBe(1);
    expect(leftBehind).toHaveLength(2);
    expect(err).toMatch(/"Failed checks: 0 must, [01] should\. Could not delete 2 resources\."\}\}\n$/);
    for (const target of leftBehind) expect((await ask('DELETE', target, { directory: 'faulty' })).status).toBe(204);
    await expectNothingLeft('faulty');
  });
});

test('Ctrl-C ends the run and deletes the resources it created', async () => {
  const { spawn } = await import('node:child_process');
  const root = new URL('../../', import.meta.url).pathname;
  const child = spawn(process.execPath, [...programArguments('scim'), 'doctor', '--url', proxied()], {
    cwd: root,
    env: { PATH: process.env.PATH, SCIM_TOKEN: tokenOf('stopped') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    output.out += data;
  });
  child.stderr.on('data', (data) => {
    output.err += data;
  });
  let created = 0;
  proxy.meddle(async ({ method }, forward) => {
    if (method === 'POST' && ++created === 5) child.kill('SIGINT');
    return forward();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(output.out).toMatch(/\nInterrupted after \d+ checks: /);
  expect({ code, err: output.err }).toEqual({ code: 1, err: 'error: Interrupted.\n' });
  await expectNothingLeft('stopped');
});

test('a wrong token is one line, not a hundred findings', async () => {
  const wrong = 'scim_wrong_secret';
  const { code, out, err } = await runInside(['doctor', '--url', run().baseUrl, '--token', wrong]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: http\S+ refuses the token with status 401\. [^\n]+\n$/);
  expect(err).not.toContain(wrong);
});

test('an unreachable server exits with 1 and one line', async () => {
  const ran = await runInside(['doctor', '--url', 'http://127.0.0.1:9/scim/v2', '--token', 'x']);
  expect(ran).toEqual({
    code: 1,
    out: '',
    err: 'error: Cannot reach http://127.0.0.1:9: no response (ECONNREFUSED).\n',
  });
});

test.each([
  ['doctor --idp acme', /okta, entra, all/],
  ['doctor --fail-on never', /must, should/],
  ['doctor --url host', /http or https/],
  ['doctor --url http://x', /--url requires --token/],
  ['doctor --url http://x --token y --only surgery', /No check id starts with surgery/],
  ['doctor x', /Too many arguments/],
])('bad usage is exit code 2 and one line: scim %s', async (args, text) => {
  const ran = await runInside(args.split(' '));
  expect(ran).toEqual({ code: 2, out: '', err: expect.stringMatching(text) });
  expect(ran.err).toMatch(/^error: [^\n]+\n$/);
});

test('the help has examples', async () => {
  const { code, out } = await runInside(['doctor', '--help']);
  expect(code).toBe(0);
  expect(out).toContain('\nExamples:\n  $ scim doctor');
});
