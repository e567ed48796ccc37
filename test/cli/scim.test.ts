import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findDeployment, runFile } from '../../lib/cli/deployment.ts';
import { parseToken } from '../../lib/tokens/token-format.ts';
import { useAdminServer } from '../admin/admin-server.ts';
import { outage } from '../support/secrets.ts';
import { type Ran, runInside, runScim } from './run-scim.ts';

const server = useAdminServer();
const at = (args: string) => runInside([...args.split(' '), '--url', server().url]);
const json = (ran: Ran): Record<string, unknown> => {
  expect(ran.err).toBe('');
  expect(ran.out.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(ran.out) as Record<string, unknown>;
};

const folder = { path: '' };
beforeAll(async () => {
  folder.path = await mkdtemp(join(tmpdir(), 'rollcall-cli-'));
});
afterAll(() => rm(folder.path, { recursive: true }));

describe('directory create prints a URL and a token to paste', () => {
  test('as text', async () => {
    const { code, out, err } = await at('directory create acme --idp okta');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain(`  URL    ${server().url}/v2\n`);
    expect(parseToken(/^ {2}Token {2}(\S+)$/m.exec(out)?.[1] ?? '')).toBeDefined();
  });

  test('as JSON, with every setting', async () => {
    const settings = [
      ...['--name', 'Beta Inc.', '--tenant', 'org_42', '--idp', 'entra', '--mode', 'rfc', '--no-unique-group-names'],
      ...['--label', 'plan=gold', '--label', 'note=a=b', '--json', '--url', server().url],
    ];
    const made = json(await runScim(['directory', 'create', 'beta', ...settings]));
    expect(made).toMatchObject({
      baseUrl: `${server().url}/v2`,
      directory: {
        id: 'beta',
        name: 'Beta Inc.',
        tenant: 'org_42',
        identityProvider: 'entra',
        mode: 'rfc',
        uniqueGroupNames: false,
        labels: { plan: 'gold', note: 'a=b' },
      },
      token: { name: 'default', directory: 'beta', scopes: ['read', 'write'] },
    });
  });

  test('without a token with --no-token', async () => {
    expect(json(await at('directory create gamma --no-token --json'))).not.toHaveProperty('token');
    expect(json(await at('token list gamma --json'))).toEqual({ tokens: [] });
  });
});

test('creates, lists and revokes a token', async () => {
  json(await at('directory create tokens --no-token --json'));
  const made = json(await at('token create tokens --name okta-2027 --scope read --expires 90d --json'));
  expect(made).toMatchObject({ name: 'okta-2027', scopes: ['read'], baseUrl: `${server().url}/v2` });
  const days = (Date.parse(String(made.expiresAt)) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(89.9);
  expect(days).toBeLessThanOrEqual(90);
  const named = await at('token create tokens');
  expect(named.out).toMatch(/^Created token token-\d{8}-\d{6} of directory tokens\./);

  const { out } = await at('token list tokens');
  const [headings, first, second, ...rest] = out.trimEnd().split('\n');
  expect(rest).toEqual([]);
  expect(headings).toMatch(/^ID {12}NAME +STATUS +SCOPES +CREATED +EXPIRES +LAST USED$/);
  expect(first?.indexOf('okta-2027')).toBe(headings?.indexOf('NAME'));
  expect(second?.indexOf('read,write')).toBe(headings?.indexOf('SCOPES'));
  expect(out).not.toContain('scim_');

  expect(await at('token revoke tokens okta-2027 --yes')).toMatchObject({ code: 0, err: '' });
  const after = json(await at('token list tokens --fields name,status --json')).tokens;
  expect(after).toEqual([
    { name: 'okta-2027', status: 'revoked' },
    { name: expect.stringMatching(/^token-/), status: 'active' },
  ]);
  expect((await at('token rotate tokens okta-2027')).err).toBe('error: Directory tokens has no token okta-2027.\n');
});

test('lists directories', async () => {
  await at('directory create zeta --no-token --tenant org_7');
  const { out } = await at('directory list');
  expect(out).toMatch(/^ID +NAME +TENANT +IDP +MODE +STATUS +CREATED\n/);
  expect(out).toMatch(/^zeta +- +org_7 +- +tolerant +active +2\d{3}-/m);
});

describe('a failure is exit code 1 and one line', () => {
  const failure = (text: RegExp) => ({ code: 1, out: '', err: expect.stringMatching(text) });

  test('a refusal of the server', async () => {
    await at('directory create twice --no-token');
    expect(await at('directory create twice')).toEqual(failure(/^error: Directory twice already exists\.\n$/));
    expect(await at('token list missing')).toEqual(failure(/^error: There is no directory missing\.\n$/));
    expect(await at('token revoke twice x --yes')).toEqual(failure(/^error: Directory twice has no token x\.\n$/));
    const past = await at('token create twice --expires 2020-01-01');
    expect(past).toEqual({ code: 2, out: '', err: 'error: expiresAt: must not be in the past\n' });
  });

  test('a directory created without its token names the command to run', async () => {
    server().secrets.before = (operation) => {
      if (operation === 'CreateSecret' || operation === 'PutSecretValue') outage();
    };
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ran = await at('directory create half');
    expect(ran).toEqual(failure(/^error: Created directory half, but no token: .*scim token create half\n$/));
    log.mockRestore();
    server().secrets.before = () => undefined;
    expect((await at('token create half --name default')).code).toBe(0);
  });

  test('no server at the URL, or another server', async () => {
    const unreachable = await runScim(['directory', 'list', '--url', 'http://127.0.0.1:9/scim']);
    expect(unreachable).toEqual(failure(/^error: Cannot reach http:\/\/127\.0\.0\.1:9\. .*npm start.*\n$/));
    const wrong = await runScim(['directory', 'list', '--url', server().secrets.endpoint]);
    expect(wrong).toEqual(failure(/^error: [^\n]+\n$/));
  });

  test('an unsigned request to a deployment in AWS, which API Gateway answers as an unknown path', async () => {
    const gateway = createServer((_, response) =>
      response.writeHead(404).end('{"schemas":[],"status":"404","detail":"There is no such endpoint."}'),
    );
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/scim`;
    const environment = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    try {
      const unsigned = await runInside(['directory', 'list', '--url', url]);
      expect(unsigned).toEqual(failure(/^error: There is no such endpoint\. .*--sign.*\n$/));
      const signed = await runScim(['directory', 'list', '--url', url, '--sign'], { environment });
      expect(signed).toEqual(failure(/^error: There is no such endpoint\.\n$/));
    } finally {
      gateway.close();
    }
  });

  test('an AWS account that cannot be reached', async () => {
    const environment = {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_MAX_ATTEMPTS: '1',
    };
    const ran = await runScim(['directory', 'list', '--stack', 'Rollcall'], { environment });
    expect(ran).toEqual(failure(/^error: Cannot read stack Rollcall: [^\n]+\n$/));
  });
});

describe('bad usage is exit code 2 and one line', () => {
  test.each([
    ['', /Missing command, expected one of directory, token/],
    ['directory', /expected one of create, list/],
    ['directory creat', /Unknown command 'creat'/],
    ['directory create', /Missing required argument 'id'\.$/m],
    ['directory create Acme', /1 to 40 characters/],
    ['directory create a b', /Too many arguments/],
    ['directory create a --mode strict', /tolerant, rfc/],
    ['directory create a --label gold', /key=value/],
    ['directory create a --mod rfc', /Unknown option '--mod'\. \(Did you mean --mode\?\)$/m],
    ['directory list --url ftp://host', /Expected an http or https URL instead of ftp/],
    ['directory list --stack a --url http://b', /cannot be used with/],
    ['token create a --name x/y', /1 to 64 characters/],
    ['token create a --scope all', /read, write/],
    ['token create a --expires soon', /90d/],
    ['token revoke a', /Missing required argument 'token'/],
    ['token revoke a b', /Revoke token b of directory a\? .*--yes/],
    ['token rotate a b --overlap 5', /24h, 90m, 7d/],
    ['directory delete a', /Delete directory a and everything in it\? .*--yes/],
    ['directory set a', /Nothing to change/],
    ['directory set a --guard many', /Invalid --guard/],
    ['directory set a --guard 200%', /percentage up to 100%/],
    ['directory set a --guard-minutes 5', /--guard-minutes requires --guard\./],
    ['users list a --limit 0', /number from 1/],
    ['users list a --fields id,', /names separated by commas/],
    ['directory list --fields id,color', /Unknown field color, expected one of id, /],
    ['directory list --region eu-central-1', /--region requires --stack/],
    ['events tail --type user.lost', /Expected one of .*user\.created/],
    ['events replay --since 5m --type user.*', /Expected one of .*user\.created/],
    ['events send user.lost --directory a', /Expected one of .*user\.created/],
    ['completion csh', /bash, zsh, fish/],
    ['groups', /expected one of list, show/],
  ])('scim %s', async (args, text) => {
    const ran = await runInside(args === '' ? [] : args.split(' '));
    expect(ran).toEqual({ code: 2, out: '', err: expect.stringMatching(text) });
    expect(ran.err).toMatch(/^error: [^\n]+\n$/);
  });

  test('a process prints the same', async () => {
    const args = ['token', 'create', 'a', '--scope', 'all'];
    expect(await runScim(args)).toEqual(await runInside(args));
  });
});

describe('the local run of the folder is the default', () => {
  const writeRun = async (data: string, text: string) => {
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'run.json'), text);
  };

  test('finds it in .rollcall of the working directory, or in ROLLCALL_DATA', async () => {
    const run = JSON.stringify({ baseUrl: `${server().url}/v2`, pid: 1 });
    await writeRun(join(folder.path, '.rollcall'), run);
    await writeRun(join(folder.path, 'elsewhere'), run);
    expect((await runScim(['directory', 'list'], { cwd: folder.path })).code).toBe(0);
    const environment = { ROLLCALL_DATA: join(folder.path, 'elsewhere') };
    expect((await runScim(['directory', 'list'], { environment })).code).toBe(0);
  });

  test('does not fall back to another run if ROLLCALL_DATA holds none', async () => {
    const none = findDeployment({}, { ROLLCALL_DATA: join(folder.path, 'none') });
    await expect(none).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringMatching(/^No local run found/),
    });
    expect(runFile({ ROLLCALL_DATA: '' })).toBe(runFile({}));
  });

  test('names a damaged run file', async () => {
    const data = join(folder.path, 'broken');
    await writeRun(data, '{"baseUrl":');
    const ran = await runScim(['directory', 'list'], { environment: { ROLLCALL_DATA: data } });
    expect(ran).toEqual({ code: 1, out: '', err: expect.stringContaining(join(data, 'run.json')) });
  });
});
