/** Computes the changes that give a group exactly the members of its line. */
import type { MembershipChange, MemberValue } from './transfer-messages.ts';

/** Maps ids of the file to ids of the directory. */
type IdMap = ReadonlyMap<string, string>;
export type GroupLine = {
  readonly line: number;
  /** The group's id in the directory. */
  readonly id: string;
  /** With ids of the file. */
  readonly members: readonly MemberValue[];
};
type CountedChange = { readonly change: MembershipChange; readonly added: number; readonly removed: number };
export type GroupChanges = {
  /** Empty if the group already has these members. */
  readonly changes: readonly CountedChange[];
  /** Ids of the file whose resources were not imported. */
  readonly unknown: readonly string[];
};

/** Limit per request: each change writes two items. */
const MAX_CHANGES = 500;

const chunksOf = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / MAX_CHANGES) }, (_, i) =>
    items.slice(i * MAX_CHANGES, (i + 1) * MAX_CHANGES),
  );

const translate = (members: readonly MemberValue[], ids: IdMap) => {
  const wanted = new Map<string, MemberValue>();
  const unknown: string[] = [];
  for (const member of members) {
    const value = ids.get(member.value);
    if (value === undefined) unknown.push(member.value);
    else wanted.set(value, { ...member, value });
  }
  return { wanted, unknown };
};

/** @param present the current members of the group */
export async function changesOf(
  { id: group, members }: GroupLine,
  ids: IdMap,
  present: AsyncIterable<MemberValue>,
): Promise<GroupChanges> {
  const { wanted, unknown } = translate(members, ids);
  const missing = new Map(wanted);
  const leaving: string[] = [];
  let renamed = false;
  for await (const { value, display } of present) {
    const member = wanted.get(value);
    missing.delete(value);
    if (member === undefined) leaving.push(value);
    else renamed ||= member.display !== display;
  }
  const add = [...missing.values()];
  // Only a replacement of all members updates `display` of a member that stays; it is too large for a large group.
  if (renamed && wanted.size <= MAX_CHANGES) {
    const change = { group, add: [], remove: [], replace: [...wanted.values()] };
    return { changes: [{ change, added: add.length, removed: leaving.length }], unknown };
  }
  const changes = [
    ...chunksOf(leaving).map((remove) => ({ change: { group, add: [], remove }, added: 0, removed: remove.length })),
    ...chunksOf(add).map((some) => ({ change: { group, add: some, remove: [] }, added: some.length, removed: 0 })),
  ];
  return { changes, unknown };
}
