/** Directories, users and groups for the store's tests. */
import { randomUUID } from 'node:crypto';
import {
  type BoundFilter,
  groupType,
  type JsonObject,
  type Loaded,
  type Member,
  type Query,
  type ResourceType,
  type Store,
  type StoredResource,
  userType,
  type WriteScope,
} from '../../lib/scim/index.ts';
import { resolvePath } from '../../lib/store/items/indexed-paths.ts';

export const NOTHING = { members: false, groups: false };
export const MEMBERS = { members: true, groups: false };
export const GROUPS = { members: false, groups: true };

export const newDirectory = () => `d-${randomUUID().slice(0, 13)}`;

/** A generous deadline for any machine. Tests of deadlines set their own deadline or clock. */
export const inTime = () => ({ deadline: Date.now() + 600_000 });

export const scopeOf = (directory: string, type: ResourceType, over: Partial<WriteScope> = {}): WriteScope => ({
  directory,
  type,
  actor: { kind: 'provisioning-client', tokenId: 't1', requestId: randomUUID() },
  reason: 'change',
  unique: type === groupType ? ['displayName'] : ['userName'],
  ...inTime(),
  ...over,
});

/** Test actions on one directory of a store. */
export const sceneOf = (store: Store, directory = newDirectory()) => {
  const users = () => scopeOf(directory, userType);
  const groups = () => scopeOf(directory, groupType);
  const createUser = (attributes: JsonObject) => store.create(users(), { id: randomUUID(), attributes, members: [] });
  const createGroup = (displayName: string, members: readonly Member[] = []) =>
    store.create(groups(), { id: randomUUID(), attributes: { displayName }, members });
  /** Numbers the userNames, so that they differ. */
  const createUsers = async (count: number, prefix = 'user') => {
    const made: StoredResource[] = [];
    for (let at = 0; at < count; at += 10)
      made.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(10, count - at) }, (_, index) =>
            createUser({ userName: `${prefix}${at + index}` }),
          ),
        )),
      );
    return made;
  };
  const changeMembers = async (group: StoredResource, add: readonly string[], remove: readonly string[] = []) =>
    store.update(groups(), group, {
      members: { replace: false, add: add.map((id) => ({ id })), remove },
      exact: false,
    });
  const memberIds = async (id: string) =>
    (await store.read(groups(), id, MEMBERS))?.members?.map((member) => member.id) ?? [];
  const groupIds = async (id: string) =>
    (await store.read(users(), id, GROUPS))?.groups?.map((group) => group.id) ?? [];
  const find = (type: ResourceType, path: string, value: string) =>
    store.query(scopeOf(directory, type), queryOf({ filter: equal(type, path, value) }));
  return {
    directory,
    users,
    groups,
    createUser,
    createGroup,
    createUsers,
    changeMembers,
    memberIds,
    groupIds,
    find,
  };
};

export const equal = (type: ResourceType, path: string, value: string): BoundFilter => ({
  kind: 'compare',
  operator: 'eq',
  target: resolvePath(type, path),
  value,
  literal: value,
});
export const all = (...terms: BoundFilter[]): BoundFilter => ({ kind: 'and', terms });

export const queryOf = (over: Partial<Query>): Query => ({
  filter: undefined,
  startIndex: 1,
  count: 100,
  include: NOTHING,
  matches: () => true,
  ...inTime(),
  ...over,
});

export const idsOf = (page: { resources: readonly Loaded[] }) => page.resources.map(({ resource }) => resource.id);
