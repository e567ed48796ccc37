/** Groups that a new resource joins when it is created, such as the default group of a directory. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Caller, createServiceProvider, groupType, type ScimRequest } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { idsOf, inTime, newDirectory, sceneOf } from './scene.ts';

const client = useEngine();
const openStore = () => createStore({ client: client(), tableName: TABLE_NAME });

describe('a create with joins', () => {
  test('is one transaction without the group item, and one update of the group version', async () => {
    const plain = sceneOf(openStore());
    const group = await plain.createGroup('Everyone');
    const watched = watch(client());
    const store = createStore({ client: watched.client, tableName: TABLE_NAME });
    const id = randomUUID();
    const made = await store.create(plain.users(), {
      id,
      attributes: { userName: 'ann' },
      members: [],
      joins: [group.id],
    });
    expect(watched.names()).toEqual(['TransactWriteItems', 'UpdateItem']);
    expect(JSON.stringify(watched.calls[0]?.input)).not.toContain(
      `${plain.directory}#Group#${group.id}","sk":"RESOURCE`,
    );
    expect(made.groups).toEqual([{ id: group.id, display: 'Everyone' }]);
    expect(await plain.groupIds(id)).toEqual([group.id]);
    expect(await plain.memberIds(group.id)).toEqual([id]);
    const after = await store.read(plain.groups(), group.id, { members: false, groups: false });
    expect([after?.resource.version, after?.resource.memberVersion]).toEqual([1, 1]);
  });

  test('skips a deleted group and leaves no membership of it', async () => {
    const store = openStore();
    const scene = sceneOf(store);
    const [kept, gone] = [await scene.createGroup('kept'), await scene.createGroup('gone')];
    await store.delete(scene.groups(), gone);
    const id = randomUUID();
    const joins = [kept.id, gone.id];
    const made = await store.create(scene.users(), { id, attributes: { userName: 'ann' }, members: [], joins });
    expect(made.groups).toEqual([{ id: kept.id, display: 'kept' }]);
    expect(await scene.groupIds(id)).toEqual([kept.id]);
    // The next change of the user's groups does not restore it either.
    expect(await scene.changeMembers(kept, [], [id])).not.toBe('stale');
    expect(await scene.groupIds(id)).toEqual([]);
  });

  test('joins nothing if it is refused', async () => {
    const scene = sceneOf(openStore());
    const group = await scene.createGroup('Everyone');
    await scene.createUser({ userName: 'ann' });
    const draft = { id: randomUUID(), attributes: { userName: 'ANN' }, members: [], joins: [group.id] };
    await expect(openStore().create(scene.users(), draft)).rejects.toMatchObject({ status: 409 });
    expect(await scene.memberIds(group.id)).toEqual([]);
  });
});

test.each([true, false])('parallel functions create one default group; unique names: %s', async (uniqueGroupNames) => {
  const directory = { id: newDirectory(), mode: 'rfc' as const, uniqueGroupNames, defaultGroup: 'Everyone' };
  const caller = (): Caller => ({
    directory,
    actor: { kind: 'provisioning-client', requestId: randomUUID() },
    reason: 'change',
    ...inTime(),
  });
  const post = (userName: string): ScimRequest => ({
    method: 'POST',
    path: ['Users'],
    query: new Map(),
    header: () => undefined,
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName }),
    baseUrl: 'https://scim.example/v2',
  });
  const functions = Array.from({ length: 5 }, () => createServiceProvider(openStore));
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => functions[i % functions.length]?.(post(`u${i}`), caller())),
  );
  expect(new Set(answers.map((answer) => answer?.status))).toEqual(new Set([201]));
  const scene = sceneOf(openStore(), directory.id);
  const groups = idsOf(await scene.find(groupType, 'displayName', 'everyone'));
  expect(groups).toHaveLength(1);
  expect(await scene.memberIds(groups[0] ?? '')).toHaveLength(30);
});
