/** The contract tests for every implementation of the storage port (lib/scim/store-port.ts). */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { groupType, type Store, userType } from '../../lib/scim/index.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';
import { all, equal, GROUPS, idsOf, MEMBERS, NOTHING, newDirectory, queryOf, sceneOf, scopeOf } from './scene.ts';

const ABSENT = '00000000-0000-4000-8000-000000000000';
const isActive = (resource: { attributes: Readonly<Record<string, unknown>> }) => resource.attributes.active !== false;

export const storeContract = (openStore: () => Store) => {
  describe('read your writes', () => {
    test('a new user is found by id, userName, externalId and each e-mail in the next call', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const attributes = {
        userName: 'Ann@Example.com',
        externalId: 'Ext-1',
        emails: [{ value: 'ann@example.com', type: 'work' }, { value: 'ANN@example.com' }, { value: 'a@home.example' }],
      };
      const made = await scene.createUser(attributes);
      expect(made).toMatchObject({ version: 1, memberVersion: 0, attributes });
      expect(await store.read(scene.users(), made.id, NOTHING)).toEqual({ resource: made });
      for (const [path, value] of [
        ['id', made.id],
        ['userName', 'ann@example.com'],
        ['externalId', 'Ext-1'],
        ['emails.value', 'ann@example.com'],
        ['emails.value', 'a@home.example'],
      ] as const)
        expect(await scene.find(userType, path, value), `${path} ${value}`).toEqual({
          totalResults: 1,
          resources: [{ resource: made }],
        });
      for (const [path, value] of [
        ['externalId', 'ext-1'],
        ['userName', 'bob'],
        ['id', 'x'],
        ['id', 'x'.repeat(5000)],
      ] as const)
        expect((await scene.find(userType, path, value)).totalResults, `${path} ${value.slice(0, 9)}`).toBe(0);
    });

    test('a changed value is found at once, and the old value no longer', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const before = await scene.createUser({ userName: 'ann', emails: [{ value: 'a@x' }, { value: 'b@x' }] });
      const after = await store.update(scene.users(), before, {
        attributes: { userName: 'anna', emails: [{ value: 'b@x' }, { value: 'c@x' }] },
        exact: false,
      });
      if (after === 'stale') throw new Error('stale');
      expect(after.version).toBe(2);
      expect(await store.read(scene.users(), before.id, NOTHING)).toEqual({ resource: after });
      const totals = async (path: string, values: string[]) =>
        Promise.all(values.map(async (value) => (await scene.find(userType, path, value)).totalResults));
      expect(await totals('userName', ['ann', 'anna'])).toEqual([0, 1]);
      expect(await totals('emails.value', ['a@x', 'b@x', 'c@x'])).toEqual([0, 1, 1]);
      await scene.createUser({ userName: 'ann' });
    });

    test('a group is found by displayName, whether that is unique or not', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const unique = await scene.createGroup('Sales');
      const shared = scopeOf(newDirectory(), groupType, { unique: [] });
      const twins = await Promise.all(
        [1, 2].map(() => store.create(shared, { id: randomUUID(), attributes: { displayName: 'Sales' }, members: [] })),
      );
      const query = queryOf({ filter: equal(groupType, 'displayName', 'sales') });
      expect(idsOf(await store.query(scene.groups(), query))).toEqual([unique.id]);
      expect(idsOf(await store.query(shared, query))).toEqual(twins.map(({ id }) => id).sort());
    });

    test('a deleted resource is found nowhere', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const ann = await scene.createUser({ userName: 'ann', externalId: 'e' });
      expect(await store.delete(scene.users(), ann)).toBe('deleted');
      expect(await store.read(scene.users(), ann.id, GROUPS)).toBeUndefined();
      for (const path of ['userName', 'externalId'])
        expect((await scene.find(userType, path, path === 'userName' ? 'ann' : 'e')).totalResults).toBe(0);
      expect(await store.query(scene.users(), queryOf({}))).toEqual({ totalResults: 0, resources: [] });
      expect(await store.delete(scene.users(), ann)).toBe('stale');
      expect(await store.update(scene.users(), ann, { attributes: { userName: 'x' }, exact: false })).toBe('stale');
    });
  });

  describe('uniqueness', () => {
    test('the detail contains attribute, value and whether the existing resource is inactive', async () => {
      const scene = sceneOf(openStore());
      const ann = await scene.createUser({ userName: 'ann', active: false });
      await expect(scene.createUser({ userName: 'ANN' })).rejects.toMatchObject({
        status: 409,
        scimType: 'uniqueness',
        message: `userName "ANN" is taken by an existing inactive user (id ${ann.id})`,
      });
      const sales = await scene.createGroup('Sales');
      await expect(scene.createGroup('SALES')).rejects.toThrow(
        `displayName "SALES" is taken by an existing group (id ${sales.id})`,
      );
    });

    test('a rename to a taken name is refused and changes nothing', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const [ann] = [await scene.createUser({ userName: 'ann' }), await scene.createUser({ userName: 'bob' })];
      const rename = store.update(scene.users(), ann, { attributes: { userName: 'Bob' }, exact: false });
      await expect(rename).rejects.toMatchObject({ scimType: 'uniqueness' });
      expect(await store.read(scene.users(), ann.id, NOTHING)).toEqual({ resource: ann });
    });
  });

  describe('no lost update', () => {
    test('an update from an older state is stale; an update without changes returns `before` itself', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const first = await scene.createUser({ userName: 'ann', name: { givenName: 'A', familyName: 'B' } });
      const same = { name: { familyName: 'B', givenName: 'A' }, userName: 'ann' };
      expect(await store.update(scene.users(), first, { attributes: same, exact: true })).toBe(first);
      const second = await store.update(scene.users(), first, {
        attributes: { userName: 'ann', title: 'x' },
        exact: false,
      });
      expect(second).toMatchObject({ version: 2 });
      const third = { attributes: { userName: 'ann', title: 'y' }, exact: false };
      expect(await store.update(scene.users(), first, third)).toBe('stale');
      expect(await store.delete(scene.users(), first)).toBe('stale');
      expect((await store.read(scene.users(), first.id, NOTHING))?.resource).toEqual(second);
    });

    test('with `exact`, an update is stale if the members have changed', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const [ann, bob] = await scene.createUsers(2);
      const group = await scene.createGroup('g');
      if (ann === undefined || bob === undefined) throw new Error('no user');
      const moved = await scene.changeMembers(group, [ann.id]);
      expect(moved).toMatchObject({ version: 1, memberVersion: 1 });
      const add = { replace: false, add: [{ id: bob.id }], remove: [] };
      expect(await store.update(scene.groups(), group, { members: add, exact: true })).toBe('stale');
      expect(await store.update(scene.groups(), group, { attributes: { displayName: 'h' }, exact: true })).toBe(
        'stale',
      );
      expect(await scene.memberIds(group.id)).toEqual([ann.id]);
      const renamed = await store.update(scene.groups(), group, { attributes: { displayName: 'h' }, exact: false });
      expect(renamed).toMatchObject({ version: 2, attributes: { displayName: 'h' } });
      expect((await store.read(scene.groups(), group.id, NOTHING))?.resource).toMatchObject({
        version: 2,
        memberVersion: 1,
      });
    });
  });

  describe('membership', () => {
    test('shows on both sides, with display as sent and the current name of the group', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const [ann, bob] = await scene.createUsers(2);
      if (ann === undefined || bob === undefined) throw new Error('no user');
      const inner = await scene.createGroup('Inner');
      const outer = await scene.createGroup('Outer', [{ id: ann.id, display: 'Ann' }, { id: inner.id }]);
      expect((await store.read(scene.groups(), outer.id, MEMBERS))?.members).toEqual(
        [
          { id: ann.id, type: 'User', display: 'Ann' },
          { id: inner.id, type: 'Group' },
        ].sort((a, b) => (a.id < b.id ? -1 : 1)),
      );
      const renamed = await store.update(scene.groups(), outer, {
        attributes: { displayName: 'Outer 2' },
        members: { replace: false, add: [{ id: bob.id, type: 'Group' }], remove: [ann.id] },
        exact: false,
      });
      expect(renamed).toMatchObject({ version: 2, memberVersion: 1 });
      expect((await store.read(scene.users(), bob.id, GROUPS))?.groups).toEqual([{ id: outer.id, display: 'Outer 2' }]);
      expect(await scene.groupIds(ann.id)).toEqual([]);
      expect(await store.readMembers(scene.groups(), outer.id, 1)).toHaveLength(1);
      expect(await store.readMembers(scene.groups(), outer.id, 101)).toHaveLength(2);
      expect(await store.delete(scene.groups(), outer)).toBe('stale');
      if (renamed === 'stale') throw new Error('stale');
      expect(await store.delete(scene.groups(), renamed)).toBe('deleted');
      expect(await scene.groupIds(bob.id)).toEqual([]);
      expect(await store.readMembers(scene.groups(), outer.id, 101)).toEqual([]);
    });

    test('adding existing members and removing absent ones changes nothing', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const [ann, bob] = await scene.createUsers(2);
      if (ann === undefined || bob === undefined) throw new Error('no user');
      const group = await scene.createGroup('g', [{ id: ann.id, display: 'x' }]);
      expect(await scene.changeMembers(group, [ann.id], [bob.id, ABSENT, 'no id'])).toBe(group);
      const replace = (display: string) =>
        store.update(scene.groups(), group, {
          members: { replace: true, add: [{ id: ann.id, display }], remove: [] },
          exact: false,
        });
      expect(await replace('x')).toBe(group);
      expect(await replace('y')).toMatchObject({ version: 1, memberVersion: 1 });
      expect(await store.readMembers(scene.groups(), group.id, 9)).toEqual([
        { id: ann.id, type: 'User', display: 'y' },
      ]);
    });

    test('replace sets exactly the given members', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const people = (await scene.createUsers(5)).map(({ id }) => id);
      const group = await scene.createGroup(
        'g',
        people.slice(0, 3).map((id) => ({ id })),
      );
      const members = { replace: true, add: people.slice(2).map((id) => ({ id })), remove: [] };
      expect(await store.update(scene.groups(), group, { members, exact: true })).toMatchObject({ memberVersion: 1 });
      expect(await scene.memberIds(group.id)).toEqual(people.slice(2).sort());
    });

    test('unknown ids are refused before any write, and the detail lists the first five', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const ann = await scene.createUser({ userName: 'ann' });
      const group = await scene.createGroup('g');
      const unknown = Array.from({ length: 7 }, () => randomUUID());
      const refusal = { status: 400, scimType: 'invalidValue' };
      const change = scene.changeMembers(group, [ann.id, ...unknown]);
      await expect(change).rejects.toMatchObject({
        ...refusal,
        message: `members must be ids of existing resources, not ${unknown.slice(0, 5).join(', ')} and 2 more`,
      });
      await expect(scene.createGroup('h', [{ id: ann.id }, { id: 'x' }])).rejects.toMatchObject(refusal);
      expect(await scene.memberIds(group.id)).toEqual([]);
      expect(await scene.groupIds(ann.id)).toEqual([]);
      expect((await scene.find(groupType, 'displayName', 'h')).totalResults).toBe(0);
    });
  });

  describe('queries', () => {
    test('pages by startIndex contain each resource once, in the order of ids, with the exact total', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const ids = (await scene.createUsers(57)).map(({ id }) => id).sort();
      const seen: string[] = [];
      for (let startIndex = 1; startIndex <= 57; startIndex += 10) {
        const page = await store.query(scene.users(), queryOf({ startIndex, count: 10 }));
        expect(page.totalResults).toBe(57);
        seen.push(...idsOf(page));
      }
      expect(seen).toEqual(ids);
      const total = { totalResults: 57, resources: [] };
      expect(await store.query(scene.users(), queryOf({ count: 0 }))).toEqual(total);
      expect(await store.query(scene.users(), queryOf({ startIndex: 58 }))).toEqual(total);
    });

    test('members.value and groups.value filter alone and as a conjunct', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const people = await scene.createUsers(4);
      const [ann, bob] = people;
      if (ann === undefined || bob === undefined) throw new Error('no user');
      const inner = await scene.createGroup('i');
      const one = await scene.createGroup(
        'a',
        [...people, inner].map(({ id }) => ({ id })),
      );
      const two = await scene.createGroup('b', [{ id: ann.id }]);
      const hasMember = (id: string) => equal(groupType, 'members.value', id);
      const names = (id: string) => (loaded: { members?: readonly { id: string }[] }) =>
        loaded.members?.some((member) => member.id === id) ?? false;
      const query = async (filter: ReturnType<typeof equal>, id: string, include = NOTHING) =>
        store.query(scene.groups(), queryOf({ filter, matches: names(id), include }));
      expect(idsOf(await query(hasMember(ann.id), ann.id))).toEqual([one.id, two.id].sort());
      expect(idsOf(await query(hasMember(inner.id), inner.id))).toEqual([one.id]);
      expect(idsOf(await query(all(equal(groupType, 'id', two.id), hasMember(ann.id)), ann.id))).toEqual([two.id]);
      expect(idsOf(await query(all(equal(groupType, 'id', two.id), hasMember(bob.id)), bob.id))).toEqual([]);
      expect(idsOf(await query(all(equal(groupType, 'id', two.id), hasMember('no id')), 'no id'))).toEqual([]);
      const shown = await query(hasMember(inner.id), inner.id, MEMBERS);
      expect(shown.resources[0]?.members).toHaveLength(5);
      const inOne = await store.query(
        scene.users(),
        queryOf({ filter: equal(userType, 'groups.value', one.id), count: 3, include: GROUPS }),
      );
      expect(inOne.totalResults).toBe(4);
      expect(idsOf(inOne)).toEqual(
        people
          .map(({ id }) => id)
          .sort()
          .slice(0, 3),
      );
      expect(inOne.resources.every(({ groups }) => groups?.some(({ display }) => display === 'a'))).toBe(true);
      const filter = all(equal(userType, 'groups.value', one.id), equal(userType, 'title', 'boss'));
      const residual = await store.query(
        scene.users(),
        queryOf({ filter, matches: ({ resource }) => resource.id === bob.id }),
      );
      expect(residual).toMatchObject({ totalResults: 1 });
      expect(idsOf(residual)).toEqual([bob.id]);
    });

    test('by cursor, a filter sees the memberships that it needs, shown or not', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const [ann, bob] = await scene.createUsers(2);
      if (ann === undefined || bob === undefined) throw new Error('no user');
      const group = await scene.createGroup('g', [{ id: ann.id }]);
      const filter = { kind: 'not', term: equal(userType, 'groups.value', group.id) } as const;
      const matches = ({ groups }: { groups?: readonly { id: string }[] }) =>
        !groups?.some(({ id }) => id === group.id);
      const cursor = { after: undefined };
      const outside = await store.query(scene.users(), queryOf({ filter, matches, cursor }));
      expect(outside.resources).toEqual([{ resource: bob }]);
      const everyone = await store.query(scene.users(), queryOf({ cursor, include: GROUPS }));
      expect(everyone.totalResults).toBe(2);
      expect(everyone.resources.map(({ groups }) => groups?.length).sort()).toEqual([0, 1]);
    });

    test('index hits are checked against the rest of the filter, and a filter without an index scans the directory', async () => {
      const store = openStore();
      const scene = sceneOf(store);
      const on = await scene.createUser({ userName: 'on', emails: [{ value: 'x@x' }] });
      const off = await scene.createUser({ userName: 'off', active: false, emails: [{ value: 'x@x' }] });
      const active = {
        kind: 'compare',
        operator: 'eq',
        target: resolvePath(userType, 'active'),
        value: true,
        literal: true,
      } as const;
      const matches = ({ resource }: { resource: { attributes: Readonly<Record<string, unknown>> } }) =>
        isActive(resource);
      const query = (filter: ReturnType<typeof equal>) => store.query(scene.users(), queryOf({ filter, matches }));
      expect(idsOf(await query(all(equal(userType, 'emails.value', 'x@x'), active)))).toEqual([on.id]);
      expect(idsOf(await query(active))).toEqual([on.id]);
      const inactive = await store.query(
        scene.users(),
        queryOf({ filter: { kind: 'not', term: active }, count: 0, matches: (loaded) => !matches(loaded) }),
      );
      expect(inactive).toEqual({ totalResults: 1, resources: [] });
      expect(off.version).toBe(1);
    });
  });

  test('two directories with the same values are isolated', async () => {
    const store = openStore();
    const scenes = [sceneOf(store), sceneOf(store)] as const;
    const made = await Promise.all(
      scenes.map(async (scene) => {
        const users = await Promise.all(
          Array.from({ length: 20 }, (_, n) => scene.createUser({ userName: `u${n}`, externalId: `e${n}` })),
        );
        return { users: users.map(({ id }) => id).sort(), group: await scene.createGroup('g') };
      }),
    );
    for (const [index, scene] of scenes.entries()) {
      const [own, other] = [made[index], made[1 - index]];
      if (own === undefined || other === undefined) throw new Error('no user');
      expect(idsOf(await store.query(scene.users(), queryOf({})))).toEqual(own.users);
      for (const n of [0, 19]) {
        expect((await scene.find(userType, 'userName', `u${n}`)).totalResults).toBe(1);
        expect(own.users).toEqual(expect.arrayContaining(idsOf(await scene.find(userType, 'externalId', `e${n}`))));
      }
      const stranger = other.users[0] ?? '';
      expect(await store.read(scene.users(), stranger, NOTHING)).toBeUndefined();
      expect((await scene.find(userType, 'id', stranger)).totalResults).toBe(0);
      await expect(scene.changeMembers(own.group, [stranger])).rejects.toMatchObject({ scimType: 'invalidValue' });
    }
  });

  test('two types with the same values are isolated', async () => {
    const store = openStore();
    const scene = sceneOf(store);
    const user = await scene.createUser({ userName: 'x', externalId: 'same' });
    const group = await store.create(scene.groups(), {
      id: randomUUID(),
      attributes: { displayName: 'x', externalId: 'same' },
      members: [],
    });
    expect(idsOf(await scene.find(userType, 'externalId', 'same'))).toEqual([user.id]);
    expect(idsOf(await scene.find(groupType, 'externalId', 'same'))).toEqual([group.id]);
    expect(await store.read(scene.users(), group.id, NOTHING)).toBeUndefined();
    expect((await store.query(scene.groups(), queryOf({}))).totalResults).toBe(1);
  });
};
