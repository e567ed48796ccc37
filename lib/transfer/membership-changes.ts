/** What must change for a group to have the members that its line says. */
import type { MembershipChange, MemberValue } from './transfer-messages.ts';

/** From the file's ids to the directory's. */
type IdMap = ReadonlyMap<string, string>;
export type GroupLine = {
  readonly line: number;
  /** In the directory. */
  readonly id: string;
  /** By the file's ids. */
  readonly members: readonly MemberValue[];
};
type CountedChange = { readonly change: MembershipChange; readonly added: number; readonly removed: number };
export type GroupChanges = {
  /** None when the group is as it should be. */
  readonly changes: readonly CountedChange[];
  /** The file's ids of members who are not imported. */
  readonly unknown: readonly string[];
};

/** Of one request: each costs the server two items. */
const CHANGES_AT_ONCE = 500;

const chunksOf = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / CHANGES_AT_ONCE) }, (_, i) =>
    items.slice(i * CHANGES_AT_ONCE, (i + 1) * CHANGES_AT_ONCE),
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

/** @param present whom the group has now */
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
  // How a member who stays is displayed changes only with the whole list, which a large group does not send.
  if (renamed && wanted.size <= CHANGES_AT_ONCE) {
    const change = { group, add: [], remove: [], replace: [...wanted.values()] };
    return { changes: [{ change, added: add.length, removed: leaving.length }], unknown };
  }
  const changes = [
    ...chunksOf(leaving).map((remove) => ({ change: { group, add: [], remove }, added: 0, removed: remove.length })),
    ...chunksOf(add).map((some) => ({ change: { group, add: some, remove: [] }, added: some.length, removed: 0 })),
  ];
  return { changes, unknown };
}
