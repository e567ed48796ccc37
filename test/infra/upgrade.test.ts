/**
 * The functions of the first release and the current ones, in turn on one table and one set of secrets: CloudFormation
 * replaces functions one by one, and a failed update goes back.
 */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { gatewayResponses } from '../../lib/lambda/gateway-responses.ts';
import { directoryKey } from '../../lib/store/table/keys.ts';
import {
  type Answer,
  type Bundles,
  buildBundles,
  callBundle,
  type FirstReleaseName,
  unpackFirstRelease,
} from './bundle-run.ts';
import {
  age,
  contextOf,
  environmentOf,
  proxyEvent,
  type Request,
  TABLE,
  tokenEvent,
  toReply,
  useBundleWorld,
} from './bundle-world.ts';

type Release = 'old' | 'new';
const releases = ['old', 'new'] as const;
const pairs = [
  ['old', 'new'],
  ['new', 'old'],
] as const;

const world = useBundleWorld();
const held: { old?: Bundles<FirstReleaseName>; new?: Bundles } = {};
beforeAll(() => {
  held.old = unpackFirstRelease();
  held.new = buildBundles([
    'users',
    'admin',
    'authorizer',
    'clean-up',
    'token-expiry',
    'lifecycle-events',
    'token-clean-up',
  ]);
});
afterAll(() => {
  held.old?.remove();
  held.new?.remove();
});

const newFunctions = ['clean-up', 'token-clean-up'] as const;
type Shared = Exclude<FirstReleaseName, 'sweep'>;
const use = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the bundles are missing');
  return value;
};
const call = (release: Release, name: Shared, event: object): Promise<Answer> => {
  const sent = { event, environment: environmentOf(world()) };
  return release === 'old' ? callBundle(use(held.old), name, sent) : callBundle(use(held.new), name, sent);
};
const resultOf = ({ error, result }: Answer): unknown => {
  expect(error).toBeUndefined();
  return result;
};
const runNew = async (name: (typeof newFunctions)[number], event: object) =>
  resultOf(await callBundle(use(held.new), name, { event, environment: environmentOf(world()) }));
const sweepOld = async () =>
  resultOf(await callBundle(use(held.old), 'sweep', { event: {}, environment: environmentOf(world()) }));
/** Not the first run of a day, which would look at every token. */
const cleanUpTokens = () => runNew('token-clean-up', { time: '2026-12-01T12:00:00Z' });

const request = async (release: Release, name: 'users' | 'admin', sent: Request) =>
  toReply(resultOf(await call(release, name, proxyEvent(sent))));
const administer = (release: Release, method: string, path: string, body?: object) =>
  request(release, 'admin', { method, path: `/admin/directories${path}`, ...(body === undefined ? {} : { body }) });

const NewToken = z.object({ id: z.string(), token: z.string() });
type NewToken = z.infer<typeof NewToken>;
const createDirectory = async (release: Release, id: string) =>
  expect(await administer(release, 'POST', '', { id })).toMatchObject({ status: 201 });
const createToken = async (release: Release, directory: string, name: string): Promise<NewToken> => {
  const { status, body } = await administer(release, 'POST', `/${directory}/tokens`, {
    name,
    scopes: ['read', 'write'],
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return NewToken.parse(body);
};
const listTokens = async (release: Release, directory: string) => {
  const { body } = await administer(release, 'GET', `/${directory}/tokens`);
  return z.object({ tokens: z.array(z.looseObject({ name: z.string() })) }).parse(body).tokens;
};
const namesOf = async (release: Release, directory: string) =>
  (await listTokens(release, directory)).map(({ name }) => name).sort();

/** The context of a token, as the authorizer of a release returns it. @throws Error for a refused token */
const authorize = async (release: Release, { token }: NewToken) =>
  contextOf(resultOf(await call(release, 'authorizer', tokenEvent(token))));
const refuses = async (release: Release, { token }: NewToken) =>
  (await call(release, 'authorizer', tokenEvent(token))).error === 'Unauthorized';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const user = (userName: string, more: object = {}) => ({ schemas: [USER], userName, ...more });
/** Asks one users function with the context of one authorizer. */
const ask = async (
  { authorizer = 'new', users }: { authorizer?: Release; users: Release },
  token: NewToken,
  { method, path = '', body }: { method: string; path?: string; body?: object },
) =>
  request(users, 'users', {
    method,
    path: `/v2/Users${path}`,
    authorizer: await authorize(authorizer, token),
    ...(body === undefined ? {} : { body }),
  });
const unauthorized = { status: 401, body: { detail: gatewayResponses.UNAUTHORIZED.detail } };

describe.each(pairs)('directory and token made by the %s release', (maker, other) => {
  const directory = `made-${maker}`;
  const held: { token?: NewToken } = {};

  test('work with every authorizer and every function', async () => {
    await createDirectory(maker, directory);
    held.token = await createToken(maker, directory, 'okta');
    for (const authorizer of releases)
      for (const users of releases) {
        const body = user(`${authorizer}-${users}@acme.example`);
        expect(await ask({ authorizer, users }, held.token, { method: 'POST', body })).toMatchObject({ status: 201 });
      }
    for (const users of releases)
      expect(await ask({ users }, held.token, { method: 'GET' })).toMatchObject({ body: { totalResults: 4 } });
  });

  test('are listed, changed and added to by the other release', async () => {
    await createToken(other, directory, 'entra');
    for (const release of releases) expect(await namesOf(release, directory)).toEqual(['entra', 'okta']);
    for (const release of releases) {
      const taken = await administer(release, 'POST', `/${directory}/tokens`, { name: 'okta', scopes: ['read'] });
      expect(taken).toMatchObject({ status: 409 });
    }
    expect(await administer(other, 'PATCH', `/${directory}`, { tenant: 'org_42' })).toMatchObject({ status: 200 });
    expect(await administer(maker, 'GET', `/${directory}`)).toMatchObject({ body: { tenant: 'org_42' } });
  });

  test('users are created, changed and deleted by both in turn', async () => {
    const token = use(held.token);
    const created = await ask({ users: maker }, token, { method: 'POST', body: user('ann@acme.example') });
    const path = `/${created.body.id}`;
    const patch = (operations: object[]) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    });
    const title = patch([{ op: 'replace', path: 'title', value: 'Engineer' }]);
    expect(await ask({ users: other }, token, { method: 'PATCH', path, body: title })).toMatchObject({ status: 200 });
    const named = user('ann@acme.example', { title: 'Engineer', name: { familyName: 'Lee' } });
    expect(await ask({ users: maker }, token, { method: 'PUT', path, body: named })).toMatchObject({ status: 200 });
    const off = patch([{ op: 'replace', path: 'active', value: false }]);
    expect(await ask({ users: other }, token, { method: 'PATCH', path, body: off })).toMatchObject({ status: 200 });
    for (const users of releases)
      expect(await ask({ users }, token, { method: 'GET', path })).toMatchObject({
        body: { title: 'Engineer', name: { familyName: 'Lee' }, active: false },
      });
    const again = { method: 'POST', body: user('Ann@acme.example') };
    expect(await ask({ users: other }, token, again)).toMatchObject({ status: 409 });
    expect(await ask({ users: other }, token, { method: 'DELETE', path })).toMatchObject({ status: 204 });
    expect(await ask({ users: maker }, token, { method: 'GET', path })).toMatchObject({ status: 404 });
    expect(await ask({ users: maker }, token, again)).toMatchObject({ status: 201 });
  });
});

describe('revocation', () => {
  test('by the new release is refused by its functions at once, and after the clean-up by the old authorizer', async () => {
    await createDirectory('old', 'revoke-new');
    const tokens = [await createToken('old', 'revoke-new', 'a'), await createToken('new', 'revoke-new', 'b')] as const;
    for (const { id } of tokens)
      expect(await administer('new', 'DELETE', `/revoke-new/tokens/${id}`)).toMatchObject({ status: 204 });
    for (const token of tokens) {
      expect(await refuses('old', token)).toBe(false);
      for (const authorizer of releases)
        expect(await ask({ authorizer, users: 'new' }, token, { method: 'GET' })).toMatchObject(unauthorized);
    }
    expect(await namesOf('new', 'revoke-new')).toEqual([]);
    expect(await namesOf('old', 'revoke-new')).toEqual(['a', 'b']);

    expect(await cleanUpTokens()).toMatchObject({ removed: 2 });
    for (const token of tokens) for (const release of releases) expect(await refuses(release, token)).toBe(true);
    expect(await namesOf('old', 'revoke-new')).toEqual([]);
  });

  test('by the old release is refused by both at once, and both can use the name again', async () => {
    await createDirectory('new', 'revoke-old');
    const tokens = [await createToken('new', 'revoke-old', 'a'), await createToken('old', 'revoke-old', 'b')] as const;
    for (const { id } of tokens)
      expect(await administer('old', 'DELETE', `/revoke-old/tokens/${id}`)).toMatchObject({ status: 204 });
    for (const token of tokens) for (const release of releases) expect(await refuses(release, token)).toBe(true);
    for (const release of releases) expect(await namesOf(release, 'revoke-old')).toEqual([]);
    await createToken('new', 'revoke-old', 'a');
    await createToken('old', 'revoke-old', 'b');
    for (const release of releases) expect(await namesOf(release, 'revoke-old')).toEqual(['a', 'b']);
  });

  test('by the old release of a token that the new one has revoked leaves the clean-up without work', async () => {
    const token = await createToken('new', 'revoke-old', 'twice');
    expect(await administer('new', 'DELETE', `/revoke-old/tokens/${token.id}`)).toMatchObject({ status: 204 });
    expect(await administer('old', 'DELETE', `/revoke-old/tokens/${token.id}`)).toMatchObject({ status: 204 });
    expect(await cleanUpTokens()).toMatchObject({ removed: 0 });
    for (const release of releases) expect(await refuses(release, token)).toBe(true);
  });
});

describe.each(pairs)('rotation of a token by the %s release', (rotating, maker) => {
  const directory = `rotate-${rotating}`;

  test('with an overlap, both tokens work with both releases, and both know the order', async () => {
    await createDirectory(maker, directory);
    const first = await createToken(maker, directory, 'okta');
    const rotated = await administer(rotating, 'POST', `/${directory}/tokens/${first.id}/rotate`, { overlapHours: 1 });
    expect(rotated).toMatchObject({ status: 201 });
    const second = NewToken.parse(rotated.body);
    for (const token of [first, second])
      for (const authorizer of releases)
        for (const users of releases)
          expect(await ask({ authorizer, users }, token, { method: 'GET' })).toMatchObject({ status: 200 });
    const listed = (await listTokens('new', directory)).find(({ id }) => id === first.id);
    expect(listed).toMatchObject({ replacedBy: second.id, expiresAt: expect.any(String) });
    const again = await administer('new', 'POST', `/${directory}/tokens/${first.id}/rotate`, { overlapHours: 1 });
    expect(again).toMatchObject({ status: 409 });
  });

  test('without an overlap, the old token is refused by both once the clean-up has run', async () => {
    const first = await createToken(maker, directory, 'entra');
    const path = `/${directory}/tokens/${first.id}/rotate`;
    const second = NewToken.parse((await administer(rotating, 'POST', path, { overlapHours: 0 })).body);
    await cleanUpTokens();
    for (const release of releases) {
      expect(await refuses(release, first)).toBe(true);
      expect(await ask({ authorizer: release, users: release }, second, { method: 'GET' })).toMatchObject({
        status: 200,
      });
    }
  });
});

test('tokens created by both at the same time all work, and none is lost', async () => {
  await createDirectory('old', 'parallel');
  const names = Array.from({ length: 6 }, (_, index) => `token-${index}`);
  const tokens = await Promise.all(
    names.map((name, index) => createToken(index % 2 === 0 ? 'old' : 'new', 'parallel', name)),
  );
  for (const release of releases) expect(await namesOf(release, 'parallel')).toEqual(names);
  for (const token of tokens) for (const release of releases) expect(await refuses(release, token)).toBe(false);
});

/** Ends the wait for functions that may still write to a deleted directory. */
const settle = (directory: string) =>
  world().documents.send(
    new UpdateCommand({
      TableName: TABLE,
      Key: directoryKey(directory),
      UpdateExpression: 'SET deletedAt = :long REMOVE #lease',
      ExpressionAttributeNames: { '#lease': 'lease' },
      ExpressionAttributeValues: { ':long': '2026-01-01T00:00:00.000Z' },
    }),
  );

describe.each(pairs)('a directory deleted by the %s release and created again by the other', (deleting, creating) => {
  const directory = `again-${deleting}`;
  const held: { before: readonly NewToken[] } = { before: [] };

  test('opens with a new token, and not with those from before', async () => {
    await createDirectory(creating, directory);
    held.before = [await createToken(creating, directory, 'a'), await createToken(deleting, directory, 'b')];
    expect(await administer(deleting, 'DELETE', `/${directory}`)).toMatchObject({ status: 202 });
    await settle(directory);
    expect(await administer(deleting, 'DELETE', `/${directory}`)).toMatchObject({ status: 204 });

    await createDirectory(creating, directory);
    const token = await createToken('new', directory, 'a');
    for (const authorizer of releases)
      expect(await ask({ authorizer, users: 'new' }, token, { method: 'GET' })).toMatchObject({ status: 200 });
    const isOpen = async (one: NewToken) =>
      !(await refuses('new', one)) && (await ask({ users: 'new' }, one, { method: 'GET' })).status === 200;
    for (const one of held.before) expect(await isOpen(one)).toBe(false);
  });

  test('has only its own tokens for both releases once the clean-up has run', async () => {
    await cleanUpTokens();
    for (const token of held.before) for (const release of releases) expect(await refuses(release, token)).toBe(true);
    // Until then, the first release sees the tokens from before in the secrets, and answers 409 for their names.
    await createToken('old', directory, 'b');
    for (const release of releases) expect(await namesOf(release, directory)).toEqual(['a', 'b']);
  });
});

test.each(pairs)('a token that the %s release announced is not announced again by the other', async (first, second) => {
  const directory = `expiring-${first}`;
  await createDirectory(second, directory);
  const settings = { name: 'okta', scopes: ['read'], expiresAt: new Date(Date.now() + 5 * 86_400_000).toISOString() };
  const { body } = await administer('new', 'POST', `/${directory}/tokens`, settings);
  await age(world(), String(body.id));
  const announced = async () =>
    (await world().newRecords()).filter(({ dynamodb: { Keys } = {} }) => Keys?.pk?.S === `${directory}#tokens`).length;
  await announced();
  resultOf(await call(first, 'token-expiry', {}));
  expect(await announced()).toBe(1);
  resultOf(await call(second, 'token-expiry', {}));
  expect(await announced()).toBe(0);
});

test('both publish the same events for the changes of both, and clean up after both', async () => {
  await createDirectory('old', 'events');
  const token = await createToken('new', 'events', 'okta');
  for (const users of releases) {
    const { body } = await ask({ users }, token, { method: 'POST', body: user(`${users}@acme.example`) });
    await ask({ users: users === 'old' ? 'new' : 'old' }, token, { method: 'DELETE', path: `/${body.id}` });
  }
  const Records = (await world().newRecords()).filter(({ dynamodb: { Keys } = {} }) =>
    Keys?.pk?.S?.startsWith('events'),
  );
  const published = async (release: Release) => {
    world().events.length = 0;
    expect(resultOf(await call(release, 'lifecycle-events', { Records }))).toEqual({ batchItemFailures: [] });
    return world().events.map((event) => [event['detail-type'], event.detail.eventId, event.detail.sequence]);
  };
  const events = await published('old');
  expect(events.map(([type]) => type)).toEqual(
    expect.arrayContaining(['directory.connected', 'user.created', 'user.deleted']),
  );
  expect(await published('new')).toEqual(events);
  expect(await sweepOld()).toMatchObject({ left: 0 });
  expect(await runNew('clean-up', {})).toMatchObject({ left: 0 });
});
