import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { FUNCTIONS_FOLDER, type FunctionName, functionNames } from '../../lib/infra/bundle.ts';
import { RESOURCE } from '../../lib/store/table/names.ts';
import { type Bundles, buildBundles, callBundle } from './bundle-run.ts';
import {
  contextOf,
  environmentOf,
  proxyEvent,
  type Request,
  tokenEvent,
  toReply,
  useBundleWorld,
} from './bundle-world.ts';
import { findNode24 } from './node-24.ts';

const world = useBundleWorld();
const held: { bundles?: Bundles } = {};

beforeAll(() => {
  held.bundles = buildBundles();
});
afterAll(() => held.bundles?.remove());

const bundles = () => {
  if (held.bundles === undefined) throw new Error('the bundles have not been built');
  return held.bundles;
};

test('every file of functions/ is listed as a function', () => {
  expect(readdirSync(FUNCTIONS_FOLDER).sort()).toEqual(functionNames.map((name) => `${name}.ts`).sort());
});

test.each(functionNames)('%s is under 400 KB, admin under 420 KB', (name) => {
  // The admin function holds the protocol core, import and export, and the tokens.
  expect(bundles().size(name)).toBeLessThan(name === 'admin' ? 420_000 : 400_000);
  // A smaller bundle would lack its libraries.
  expect(bundles().size(name)).toBeGreaterThan(10_000);
});
const SCIM_FUNCTIONS = ['users', 'groups', 'discovery'] as const;
test.each(SCIM_FUNCTIONS)('%s, a function of the SCIM API, is at most 360 KB', (name) => {
  expect(bundles().size(name)).toBeLessThanOrEqual(360_000);
});

const SourceMap = z.object({ sources: z.array(z.string()).min(10) });
const sourcesOf = (name: FunctionName) =>
  SourceMap.parse(JSON.parse(readFileSync(`${bundles().path(name)}.map`, 'utf8'))).sources;

test.each(SCIM_FUNCTIONS)(
  '%s is built without the retries of the SDK, and retries a broken connection',
  async (name) => {
    expect(sourcesOf(name).filter((source) => source.includes('/submodules/retry/'))).toEqual([]);
    let calls = 0;
    const server = createServer((request, response) => {
      calls += 1;
      if (calls === 1) request.socket.resetAndDestroy();
      else response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end('{"Responses":{}}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const dynamodb = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const authorizer = { directory: 'acme', tokenId: 't1', tokenName: 'okta' };
    const { error, result } = await callBundle(bundles(), name, {
      event: proxyEvent({ method: 'GET', path: '/v2/Users', authorizer }),
      environment: environmentOf({ ...world(), dynamodb }),
    });
    server.close();
    expect(error).toBeUndefined();
    // No such directory.
    expect(toReply(result)).toMatchObject({ status: 401 });
    expect(calls).toBe(2);
  },
);

test.each(functionNames)('%s is built with zod/mini, not with all of zod', (name) => {
  expect(sourcesOf(name).filter((source) => /\/zod\/(v3|v4\/classic|v4\/locales\/(?!en\.))/.test(source))).toEqual([]);
});

/** The directory's resource records in the stream since the last call. */
const resourceRecords = async (directory: string) =>
  (await world().newRecords()).filter(
    ({ dynamodb: { Keys } = {} }) => Keys?.sk?.S === RESOURCE && Keys.pk?.S?.startsWith(`${directory}#`),
  );

const node24 = findNode24();
const runtimes = [
  { name: `this Node, ${process.version}`, node: process.execPath, version: process.version, directory: 'acme' },
  'path' in node24
    ? { name: 'Node 24', node: node24.path, version: /^v24\./, directory: 'acme24' }
    : { name: `Node 24 (${node24.missing})`, node: undefined, version: '', directory: '' },
];

describe.each(runtimes)('on $name', ({ node, version, directory }) => {
  const call = async (name: FunctionName, event: object) => {
    const answer = await callBundle(bundles(), name, { node: node ?? '', event, environment: environmentOf(world()) });
    expect(answer.error, name).toBeUndefined();
    expect(answer.node).toMatch(version);
    const { builtins = [] } = answer;
    expect(builtins).toContain('NativeModule https');
    // Kept out by lib/infra/bundle.ts, each as expensive as 50 KB of a bundle. Not on Node 24, which loads them for the
    // SDK's import of node:http, so only for an endpoint without TLS.
    if (!builtins.includes('NativeModule internal/deps/undici/undici'))
      for (const builtin of ['internal/webstreams/readablestream', 'internal/fs/promises'])
        expect(builtins, name).not.toContain(`NativeModule ${builtin}`);
    return answer.result;
  };
  const request = async (name: FunctionName, sent: Request) => toReply(await call(name, proxyEvent(sent)));

  test.skipIf(node === undefined)(
    'the bundles load, answer requests, and publish user.created to the bus',
    async () => {
      const made = await request('admin', { method: 'POST', path: '/admin/directories', body: { id: directory } });
      expect(made).toMatchObject({ status: 201, body: { id: directory } });
      const token = await request('admin', {
        method: 'POST',
        path: `/admin/directories/${directory}/tokens`,
        body: { name: 'bundle-test', scopes: ['read', 'write'] },
      });
      expect(token).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^scim_/) } });

      const authorizer = contextOf(await call('authorizer', tokenEvent(String(token.body.token))));
      expect(authorizer).toMatchObject({ directory });

      const user = await request('users', {
        method: 'POST',
        path: '/v2/Users',
        authorizer,
        body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ann@acme.example' },
      });
      expect(user).toMatchObject({ status: 201, body: { userName: 'ann@acme.example' } });
      const group = await request('groups', {
        method: 'POST',
        path: '/v2/Groups',
        authorizer,
        body: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          displayName: 'Engineering',
          members: [{ value: user.body.id }],
        },
      });
      expect(group).toMatchObject({ status: 201, body: { displayName: 'Engineering' } });
      const discovered = await request('discovery', { method: 'GET', path: '/v2/ServiceProviderConfig', authorizer });
      expect(discovered).toMatchObject({ status: 200, body: { patch: { supported: true } } });

      world().events.length = 0;
      const Records = await resourceRecords(directory);
      expect(Records.length).toBeGreaterThanOrEqual(2);
      expect(await call('lifecycle-events', { Records })).toEqual({ batchItemFailures: [] });
      expect(world().events.map((event) => event['detail-type'])).toEqual(
        expect.arrayContaining(['user.created', 'group.created']),
      );
    },
  );
});
