/** Each function's calls of DynamoDB and Secrets Manager go through a proxy that its own role must allow. */
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type FunctionName, functionNames } from '../../lib/infra/bundle.ts';
import { cleanupMarkerKey, deniedKey, type Key, resourceKey } from '../../lib/store/table/keys.ts';
import { MEMBEROF } from '../../lib/store/table/names.ts';
import { type Meddle, useProxy } from '../support/proxy.ts';
import { type Bundles, buildBundles, callBundle } from './bundle-run.ts';
import {
  age,
  contextOf,
  environmentOf,
  proxyEvent,
  type Reply,
  type Request,
  TABLE,
  tokenEvent,
  toReply,
  useBundleWorld,
} from './bundle-world.ts';
import { toIamCalls } from './iam-calls.ts';
import { type IamCall, isAllowed, statementsOf } from './policy.ts';
import { standardTemplate } from './synthesis.ts';

/** Logical ids without their hashes. */
const functionIds = {
  users: 'FunctionsUsers',
  groups: 'FunctionsGroups',
  discovery: 'FunctionsDiscovery',
  admin: 'FunctionsAdmin',
  authorizer: 'FunctionsAuthorizer',
  'lifecycle-events': 'LifecycleEventsFunction',
  'clean-up': 'SweepFunction',
  'token-expiry': 'TokenExpiryFunction',
  'token-clean-up': 'TokenCleanUpFunction',
} as const satisfies Partial<Record<FunctionName, string>>;
type Checked = keyof typeof functionIds;
const checked = Object.keys(functionIds) as Checked[];

/** Functions without a run in this file. */
const unchecked: readonly FunctionName[] = ['events', 'replay', 'webhook'];

test('a new function is checked here, or listed as unchecked', () => {
  expect([...checked, ...unchecked].sort()).toEqual([...functionNames].sort());
});

const template = standardTemplate();
const statements = new Map(checked.map((name) => [name, statementsOf(template, functionIds[name])]));
const mayCall = (name: Checked, call: IamCall) => isAllowed(statements.get(name) ?? [], call);

const world = useBundleWorld();
const dynamodb = useProxy(() => world().dynamodb);
const secretsManager = useProxy(() => world().secretsManager);
const held: { bundles?: Bundles; running?: Checked } = {};
const made = new Map<Checked, IamCall[]>(checked.map((name) => [name, []]));
const denied: { readonly name: Checked; readonly call: IamCall }[] = [];

/** Forwards a request if the role of the running function allows it. */
const checkCalls: Meddle = async ({ target = '', body }, forward) => {
  const name = held.running;
  if (name === undefined) throw new Error('a request came while no function ran');
  const calls = toIamCalls(target, JSON.parse(body));
  made.get(name)?.push(...calls);
  const refused = calls.filter((call) => !mayCall(name, call));
  denied.push(...refused.map((call) => ({ name, call })));
  if (refused.length === 0) return forward();
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return { status: 400, headers, body: JSON.stringify({ __type: 'AccessDeniedException', Message: 'denied' }) };
};

const Created = z.object({ id: z.string() });
const NewToken = z.object({ id: z.string(), token: z.string() });

const run = async (name: Checked, event: object): Promise<unknown> => {
  held.running = name;
  const environment = environmentOf({
    dynamodb: dynamodb.origin(),
    secretsManager: secretsManager.origin(),
    bus: world().bus,
  });
  if (held.bundles === undefined) throw new Error('the bundles have not been built');
  const { error, result } = await callBundle(held.bundles, name, { event, environment });
  expect({ error, denied }).toEqual({ error: undefined, denied: [] });
  return result;
};
const send = async (name: 'users' | 'groups' | 'discovery' | 'admin', request: Request): Promise<Reply> => {
  const reply = toReply(await run(name, proxyEvent(request)));
  expect(denied).toEqual([]);
  return reply;
};
const administer = (method: string, path: string, body?: object) =>
  send('admin', { method, path: `/admin/directories${path}`, ...(body === undefined ? {} : { body }) });

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const user = (userName: string) => ({ schemas: [`${CORE}:User`], userName });
const patch = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const actionsOf = (name: Checked) => new Set(made.get(name)?.map(({ action }) => action));

const scim: { authorizer: Record<string, unknown>; users: string[] } = { authorizer: {}, users: [] };
const ask = (name: 'users' | 'groups' | 'discovery', method: string, path: string, more: Partial<Request> = {}) =>
  send(name, { method, path: `/v2${path}`, authorizer: scim.authorizer, ...more });
const edit = (Key: Key, UpdateExpression: string, [name, value]: readonly [string, unknown]) =>
  world().documents.send(
    new UpdateCommand({
      TableName: TABLE,
      Key,
      UpdateExpression,
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  );

beforeAll(async () => {
  held.bundles = buildBundles(checked);
  dynamodb.meddle(checkCalls);
  secretsManager.meddle(checkCalls);
});
afterAll(() => held.bundles?.remove());

describe('the role allows each call of', () => {
  test('admin: directories and tokens', async () => {
    expect(await administer('POST', '', { id: 'acme' })).toMatchObject({ status: 201 });
    expect(await administer('PATCH', '/acme', { tenant: 'org_42' })).toMatchObject({ status: 200 });
    const created = await administer('POST', '/acme/tokens', { name: 'okta', scopes: ['read', 'write'] });
    expect(created).toMatchObject({ status: 201 });
    const { id } = NewToken.parse(created.body);
    const rotated = await administer('POST', `/acme/tokens/${id}/rotate`, { overlapHours: 1 });
    const { token } = NewToken.parse(rotated.body);
    expect(await administer('GET', '/acme/tokens')).toMatchObject({ body: { tokens: [{ id }, {}] } });
    expect(await administer('DELETE', `/acme/tokens/${id}`)).toMatchObject({ status: 204 });
    scim.authorizer = contextOf(await run('authorizer', tokenEvent(token)));
  });

  test('users', async () => {
    for (const name of ['ann', 'bea', 'cid']) {
      const { status, body } = await ask('users', 'POST', '/Users', { body: user(`${name}@acme.example`) });
      expect(status).toBe(201);
      scim.users.push(Created.parse(body).id);
    }
    const path = `/Users/${scim.users[0]}`;
    const body = patch({ op: 'add', path: 'title', value: 'Engineer' });
    expect(await ask('users', 'PATCH', path, { body })).toMatchObject({ status: 200 });
    expect(await ask('users', 'PUT', path, { body: user('anna@acme.example') })).toMatchObject({ status: 200 });
    for (const query of [
      {},
      { filter: 'userName eq "anna@acme.example"' },
      { filter: 'title pr' },
      { sortBy: 'userName' },
    ])
      expect(await ask('users', 'GET', '/Users', { query })).toMatchObject({ status: 200 });
  });

  test('groups', async () => {
    const members = scim.users.map((value) => ({ value }));
    const body = { schemas: [`${CORE}:Group`], displayName: 'Engineering', members };
    const created = await ask('groups', 'POST', '/Groups', { body });
    expect(created).toMatchObject({ status: 201 });
    const path = `/Groups/${created.body.id}`;
    const remove = patch({ op: 'remove', path: `members[value eq "${scim.users[0]}"]` });
    expect(await ask('groups', 'PATCH', path, { body: remove })).toMatchObject({ status: 200 });
    expect(await ask('groups', 'GET', path)).toMatchObject({ status: 200 });
    expect(await ask('groups', 'DELETE', path)).toMatchObject({ status: 204 });
    expect(await ask('users', 'DELETE', `/Users/${scim.users[2]}`)).toMatchObject({ status: 204 });
  });

  test('discovery', async () => {
    for (const endpoint of ['ServiceProviderConfig', 'ResourceTypes', 'Schemas'])
      expect(await ask('discovery', 'GET', `/${endpoint}`)).toMatchObject({ status: 200 });
    expect(actionsOf('discovery')).toEqual(new Set(['dynamodb:BatchGetItem']));
  });

  test('lifecycle-events, with the repair of a member count', async () => {
    await world().newRecords();
    const members = [{ value: scim.users[0] }];
    const body = { schemas: [`${CORE}:Group`], displayName: 'Repaired', members };
    const { id } = Created.parse((await ask('groups', 'POST', '/Groups', { body })).body);
    // As if the writer had died before it counted the change.
    await edit(resourceKey('acme', 'Group', id), 'SET #name = :value', ['at', '2026-01-01T00:00:00.000Z']);
    const Records = await world().newRecords();
    expect(Records.some(({ dynamodb: { Keys } = {} }) => Keys?.sk?.S === MEMBEROF)).toBe(true);
    expect(await run('lifecycle-events', { Records })).toEqual({ batchItemFailures: [] });
    expect(made.get('lifecycle-events')).toContainEqual({
      action: 'dynamodb:UpdateItem',
      resource: '<Directories.Arn>',
      context: {
        'dynamodb:Attributes': expect.arrayContaining(['pk', 'sk', 'm', 'at']),
        'dynamodb:ReturnValues': ['NONE'],
      },
    });
    const { body: repaired } = await ask('groups', 'GET', `/Groups/${id}`);
    expect(repaired.meta).toMatchObject({ version: 'W/"2"' });
  });

  test('token-expiry', async () => {
    const expiresAt = new Date(Date.now() + 5 * 86_400_000).toISOString();
    const { body } = await administer('POST', '/acme/tokens', { name: 'entra', scopes: ['read'], expiresAt });
    await age(world(), String(body.id));
    await run('token-expiry', {});
    expect(actionsOf('token-expiry')).toContain('dynamodb:UpdateItem');
  });

  test('token-clean-up', async () => {
    const time = '2026-12-01T00:00:00Z';
    // The revoked token, and the one that is now older than its directory.
    expect(await run('token-clean-up', { time })).toEqual({ removed: 2, left: 1 });
    const [tokenId] = Object.keys(await deniedEntries());
    await edit(deniedKey('acme'), 'SET #name.removedAt = :value', [String(tokenId), '2026-01-01T00:00:00.000Z']);
    expect(await run('token-clean-up', { time })).toMatchObject({ left: 0 });
  });

  test('clean-up', async () => {
    const by = { kind: 'system' };
    const marker = { kind: 'group', directory: 'acme', type: 'Group', groupType: 'Group', id: crypto.randomUUID() };
    const Item = { ...cleanupMarkerKey('acme', 'Group', marker), ...marker, by, reason: 'change', at: '2026-01-01' };
    await world().documents.send(new PutCommand({ TableName: TABLE, Item }));
    expect(await run('clean-up', {})).toMatchObject({ swept: 1 });
    expect(actionsOf('clean-up')).toContain('dynamodb:UpdateItem');
  });

  test('admin: lists, export and deletion', async () => {
    expect(await administer('GET', '/acme/Users')).toMatchObject({ status: 200 });
    expect(await administer('POST', '/acme/pause')).toMatchObject({ status: 200 });
    expect(await administer('POST', '/acme/resume')).toMatchObject({ status: 200 });
    expect(await administer('DELETE', '/acme')).toMatchObject({ status: 202 });
    await edit({ pk: 'acme', sk: 'DIRECTORY' }, 'SET #name = :value REMOVE lease', [
      'deletedAt',
      '2026-01-01T00:00:00Z',
    ]);
    expect(await administer('DELETE', '/acme')).toMatchObject({ status: 204 });
  });
});

const deniedEntries = async (): Promise<Record<string, unknown>> => {
  const { Item = {} } = await world().documents.send(new GetCommand({ TableName: TABLE, Key: deniedKey('acme') }));
  return Object.fromEntries(Object.entries(Item).filter(([name]) => name.startsWith('d_')));
};

test.each(checked)('%s made calls', (name) => {
  expect(made.get(name)).not.toEqual([]);
});

describe('items cannot be rewritten', () => {
  const key = { pk: { S: 'acme#User#1' }, sk: { S: 'RESOURCE' } };
  const forge = (operation: string, body: object) => toIamCalls(`DynamoDB_20120810.${operation}`, body);
  const update = (UpdateExpression: string, more: object = {}) =>
    forge('UpdateItem', { TableName: TABLE, Key: key, UpdateExpression, ...more });
  const mayMake = (name: Checked, calls: readonly IamCall[]) => calls.every((call) => mayCall(name, call));

  test('by discovery', () => {
    expect(mayMake('discovery', forge('BatchGetItem', { RequestItems: { [TABLE]: { Keys: [key] } } }))).toBe(true);
    expect(mayMake('discovery', update('SET m = :m'))).toBe(false);
    expect(mayMake('discovery', forge('PutItem', { TableName: TABLE, Item: key }))).toBe(false);
  });

  test.each([
    ['the member count', 'ADD m :one', {}, true],
    [
      'the member count under a placeholder',
      'SET #at = :at ADD #m :one',
      { ExpressionAttributeNames: { '#at': 'at', '#m': 'm' } },
      true,
    ],
    ['attributes', 'SET r = :r', {}, false],
    ['attributes beside the count', 'SET #x = :r ADD m :one', { ExpressionAttributeNames: { '#x': 'r' } }, false],
    ['a nested attribute', 'SET r.title = :t', {}, false],
    ['the actor', 'SET #by = :by', { ExpressionAttributeNames: { '#by': 'by' } }, false],
    ['a claim', 'REMOVE claims', {}, false],
    ['with a condition on another attribute', 'ADD m :one', { ConditionExpression: 'begins_with(r, :guess)' }, false],
    ['and read whole', 'ADD m :one', { ReturnValues: 'ALL_NEW' }, false],
    ['and read as it was', 'ADD m :one', { ReturnValues: 'ALL_OLD' }, false],
    ['and nothing read', 'ADD m :one', { ReturnValues: 'NONE' }, true],
  ])('by lifecycle-events: %s', (_, expression, more, allowed) => {
    expect(mayMake('lifecycle-events', update(expression, more))).toBe(allowed);
    const inTransaction = forge('TransactWriteItems', {
      TransactItems: [{ Update: { TableName: TABLE, Key: key, UpdateExpression: expression, ...more } }],
    });
    expect(mayMake('lifecycle-events', inTransaction)).toBe(allowed);
  });

  test('by lifecycle-events: put, deleted or scanned', () => {
    for (const operation of ['PutItem', 'DeleteItem', 'Scan', 'Query', 'BatchWriteItem'])
      expect(mayMake('lifecycle-events', forge(operation, { TableName: TABLE, Key: key }))).toBe(false);
  });

  test('secrets beside those of the tokens are out of reach', () => {
    const read = (SecretId: string) => toIamCalls('secretsmanager.GetSecretValue', { SecretId });
    expect(mayMake('authorizer', read('rollcall/Rollcall/tokens/1'))).toBe(true);
    expect(mayMake('authorizer', read('rollcall/Rollcall/webhook'))).toBe(false);
    expect(mayMake('users', read('rollcall/Rollcall/tokens/1'))).toBe(false);
  });
});
