/** RFC 7644 section 3.14: conditional writes (`exact`) against concurrent changes of members. */
import { expect, test } from 'vitest';
import type { MemberChanges, StoredResource } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { watch } from './calls.ts';
import { NOTHING, sceneOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine();
const plain = () => createStore({ client: client(), tableName: TABLE_NAME });

/** @param meddle runs once, before the first call of that name */
const open = (call: string, meddle: () => Promise<unknown>) => {
  const scene = sceneOf(plain());
  let isDone = false;
  const watched = watch(client(), async ({ name }) => {
    if (name === call && !isDone) {
      isDone = true;
      await meddle();
    }
    return undefined;
  });
  return { scene, store: createStore({ client: watched.client, tableName: TABLE_NAME }) };
};
const replacing = (ids: readonly string[]) => ({ replace: true, add: ids.map((id) => ({ id })), remove: [] });

test('a conditional deletion is stale if members change meanwhile; an unconditional one succeeds', async () => {
  for (const exact of [true, false]) {
    const { scene, store } = open('TransactWriteItems', () => scene.changeMembers(group, [ann.id]));
    const ann = await scene.createUser({ userName: 'ann' });
    const group = await scene.createGroup('g');
    expect(await store.delete(scene.groups(), group, { exact })).toBe(exact ? 'stale' : 'deleted');
    const left = await plain().read(scene.groups(), group.id, NOTHING);
    expect(left?.resource.memberVersion).toBe(exact ? 1 : undefined);
    expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  }
});

test('a conditional change is stale if members change meanwhile', async () => {
  for (const change of [{ members: replacing([]) }, { attributes: { displayName: 'new' } }]) {
    const { scene, store } = open('TransactWriteItems', () => scene.changeMembers(group, [ann.id]));
    const ann = await scene.createUser({ userName: 'ann' });
    const group = await scene.createGroup('g', [{ id: (await scene.createUser({ userName: 'bob' })).id }]);
    expect(await store.update(scene.groups(), group, { ...change, exact: true })).toBe('stale');
    expect(await scene.memberIds(group.id)).toContain(ann.id);
  }
});

test('members written but not yet counted survive a conditional write on the version before them', async () => {
  for (const [kind, changesOf] of [
    ['add', (ann: string): MemberChanges => ({ replace: false, add: [{ id: ann }], remove: [] })],
    ['remove', (_: string, bob: string): MemberChanges => ({ replace: false, add: [], remove: [bob] })],
  ] as const) {
    // Members are written first; UpdateItem counts them.
    const { scene, store } = open('UpdateItem', async () => {
      const rival = { attributes: { displayName: 'new' }, members: replacing([bob.id]), exact: true };
      expect(await plain().update(scene.groups(), group, rival), kind).toMatchObject({ version: 2, memberVersion: 1 });
    });
    const [ann, bob] = [await scene.createUser({ userName: 'ann' }), await scene.createUser({ userName: 'bob' })];
    const group = await scene.createGroup('old', [{ id: bob.id }]);
    let before: StoredResource | undefined = group;
    let tries = 0;
    for (let done: unknown = 'stale'; done === 'stale' && before !== undefined; tries++) {
      done = await store.update(scene.groups(), before, { members: changesOf(ann.id, bob.id), exact: false });
      before = (await plain().read(scene.groups(), group.id, NOTHING))?.resource;
    }
    expect(tries, kind).toBe(2);
    expect(await scene.memberIds(group.id), kind).toEqual(kind === 'add' ? [ann.id, bob.id].toSorted() : []);
    expect(before, kind).toMatchObject({ attributes: { displayName: 'new' }, version: 2, memberVersion: 3 });
    expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
  }
});
