/** A POST of more members than one request can write: the same request, repeated, goes on where the first one ended. */
import { expect, test } from 'vitest';
import { groupType, userType } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createSweeper } from '../../lib/store/sweeper.ts';
import { TABLE_NAME, useEngine } from '../engine.ts';
import { watch } from './calls.ts';
import { idsOf, sceneOf, scopeOf } from './scene.ts';
import { findOrphans, NO_ORPHANS } from './table-scan.ts';

const client = useEngine({ stream: false });
const COUNT = 260;
const SECOND = 1000;
const open = (clock?: () => number) => {
  const watched = watch(client());
  const store = createStore({
    client: watched.client,
    tableName: TABLE_NAME,
    ...(clock === undefined ? {} : { clock }),
  });
  return { watched, store };
};

/** A request whose time is over after so many of its transactions. */
const cutOff = async (
  directory: string,
  members: readonly { id: string }[],
  { name = 'big', transactions = 3 } = {},
) => {
  let now = Date.now();
  let left = transactions;
  const watched = watch(client(), (call) => {
    if (call.name === 'TransactWriteItems') left -= 1;
    if (left === 0) now += 25 * SECOND;
    return undefined;
  });
  const store = createStore({ client: watched.client, tableName: TABLE_NAME, clock: () => now });
  const scope = scopeOf(directory, groupType, { deadline: now + 20 * SECOND });
  const id = crypto.randomUUID();
  const made = store.create(scope, { id, attributes: { displayName: name }, members });
  await expect(made).rejects.toMatchObject({ status: 429 });
  return id;
};
const place = async () => {
  const scene = sceneOf(createStore({ client: client(), tableName: TABLE_NAME }));
  const members = (await scene.createUsers(COUNT)).map(({ id }) => ({ id }));
  return { scene, members };
};
/** 26 seconds after the first request began: it has had its answer. */
const later = () => Date.now() + 26 * SECOND;
const create = (store: ReturnType<typeof open>['store'], directory: string, { name, members }: Named) =>
  store.create(scopeOf(directory, groupType, { deadline: later() + 25 * SECOND }), {
    id: crypto.randomUUID(),
    attributes: { displayName: name },
    members,
  });
type Named = { readonly name: string; readonly members: readonly { id: string }[] };

test('repeated, it writes what is left and appears under the id of the first', async () => {
  const { scene, members } = await place();
  const id = await cutOff(scene.directory, members);
  expect(idsOf(await scene.find(groupType, 'displayName', 'big'))).toEqual([]);
  expect(await scene.groupIds(members[0]?.id ?? '')).toEqual([]);
  const { store, watched } = open(later);
  const made = await create(store, scene.directory, { name: 'big', members: members.toReversed() });
  expect(made.id).toBe(id);
  // The take-over, what is left of six chunks, and the end.
  expect(watched.names().filter((name) => name === 'TransactWriteItems').length).toBeLessThan(2 + 6);
  expect(await scene.memberIds(id)).toEqual(members.map((member) => member.id).sort());
  expect(idsOf(await scene.find(groupType, 'displayName', 'big'))).toEqual([id]);
  expect((await scene.find(userType, 'groups.value', id)).totalResults).toBe(COUNT);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('cut off again and again, it is whole in the end', async () => {
  const { scene, members } = await place();
  const id = await cutOff(scene.directory, members);
  let clock = later();
  for (let requests = 0; ; requests++) {
    expect(requests).toBeLessThan(6);
    let left = 3;
    const watched = watch(client(), ({ name }) => {
      if (name === 'TransactWriteItems') left -= 1;
      if (left === 0) clock += 21 * SECOND;
      return undefined;
    });
    const store = createStore({ client: watched.client, tableName: TABLE_NAME, clock: () => clock });
    const scope = scopeOf(scene.directory, groupType, { deadline: clock + 20 * SECOND });
    const made = await store
      .create(scope, { id: crypto.randomUUID(), attributes: { displayName: 'big' }, members })
      .catch((error: unknown) => error);
    if (made instanceof Error) expect(made).toMatchObject({ status: 429 });
    else {
      expect(made).toMatchObject({ id });
      break;
    }
  }
  expect(await scene.memberIds(id)).toHaveLength(COUNT);
  expect(await findOrphans(client(), scene.directory)).toEqual(NO_ORPHANS);
});

test('two at once: one goes on, and there is one group', async () => {
  const { scene, members } = await place();
  await cutOff(scene.directory, members);
  const both = await Promise.allSettled(
    [open(later), open(later)].map(({ store }) => create(store, scene.directory, { name: 'big', members })),
  );
  const made = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
  expect(made).toHaveLength(1);
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused).toMatchObject([{ status: 409, scimType: 'uniqueness' }]);
  expect(idsOf(await scene.find(groupType, 'displayName', 'big'))).toEqual(made);
  const sweep = createSweeper({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + 120 * SECOND });
  await sweep({ deadline: Date.now() + 200 * SECOND });
  expect((await findOrphans(client(), scene.directory)).wrong).toEqual([]);
  expect(await scene.memberIds(made[0] ?? '')).toHaveLength(COUNT);
});

test('another request of that name, one too early, and one too late begin anew; the first one is swept', async () => {
  const { scene, members } = await place();
  const id = await cutOff(scene.directory, members);
  const other = await create(open(later).store, scene.directory, { name: 'big', members: members.slice(1) });
  const early = await cutOff(scene.directory, members, { name: 'early' });
  const before = await create(open().store, scene.directory, { name: 'early', members });
  const late = await cutOff(scene.directory, members, { name: 'late' });
  const tooLate = open(() => Date.now() + 46 * SECOND);
  const after = await create(tooLate.store, scene.directory, { name: 'late', members });
  expect([id, early, late]).not.toContain(other.id);
  expect([id, early, late]).not.toContain(before.id);
  expect([id, early, late]).not.toContain(after.id);
  const sweep = createSweeper({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + 120 * SECOND });
  await sweep({ deadline: Date.now() + 200 * SECOND });
  expect((await findOrphans(client(), scene.directory)).wrong).toEqual([]);
});
