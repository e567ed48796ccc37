/** What the identity provider believes that the service provider has: only what was answered with success. */
import type { Group, Person } from './person.ts';
import type { Member, Pushed } from './provider.ts';

type User = { readonly id: string; readonly person: Person; readonly managerId?: string };
export type HeldGroup = { readonly group: Group; readonly memberIds: ReadonlySet<string> } & Pushed;

/** Keyed by the keys of people and groups. */
export type State = {
  readonly users: Map<number, User>;
  readonly groups: Map<number, HeldGroup>;
  /** The ids of what was deleted. */
  readonly gone: Set<string>;
};

export const createState = (): State => ({ users: new Map(), groups: new Map(), gone: new Set() });

/** Those of the people that the service provider has. */
export const membersOf = ({ users }: State, keys: readonly number[]): Member[] =>
  keys.flatMap((key) => {
    const user = users.get(key);
    return user === undefined ? [] : [{ id: user.id, userName: user.person.userName }];
  });

export const forgetUser = ({ users, groups, gone }: State, key: number): void => {
  const user = users.get(key);
  if (user === undefined) return;
  users.delete(key);
  gone.add(user.id);
  for (const [groupKey, held] of groups)
    groups.set(groupKey, { ...held, memberIds: new Set([...held.memberIds].filter((id) => id !== user.id)) });
};
