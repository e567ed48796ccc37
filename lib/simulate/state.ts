/** The service provider's state as the identity provider knows it, from successful responses only. */
import type { Group, Person } from './person.ts';
import type { Member, Pushed } from './provider.ts';

type User = { readonly id: string; readonly person: Person; readonly managerId?: string };
export type KnownGroup = { readonly group: Group; readonly memberIds: ReadonlySet<string> } & Pushed;

/** Keyed by person key and group key. */
export type State = {
  readonly users: Map<number, User>;
  readonly groups: Map<number, KnownGroup>;
  /** Ids of deleted users and groups. */
  readonly deletedIds: Set<string>;
};

export const createState = (): State => ({ users: new Map(), groups: new Map(), deletedIds: new Set() });

/** @returns the people with these keys that exist at the service provider */
export const membersOf = ({ users }: State, keys: readonly number[]): Member[] =>
  keys.flatMap((key) => {
    const user = users.get(key);
    return user === undefined ? [] : [{ id: user.id, userName: user.person.userName }];
  });

export const forgetUser = ({ users, groups, deletedIds }: State, key: number): void => {
  const user = users.get(key);
  if (user === undefined) return;
  users.delete(key);
  deletedIds.add(user.id);
  for (const [groupKey, known] of groups)
    groups.set(groupKey, { ...known, memberIds: new Set([...known.memberIds].filter((id) => id !== user.id)) });
};
