/** Net effect of the operations of a PATCH on members, computed without reading members they do not name. */
import type { BoundFilter } from '../filter/bound-filter.ts';
import type { Member, MemberChanges } from '../store-port.ts';

export type MemberPatch = {
  readonly add: (members: readonly Member[]) => void;
  readonly replace: (members: readonly Member[]) => void;
  readonly remove: (ids: readonly string[]) => void;
  readonly removeAll: () => void;
  /** The members at this point of the request, given the members before it. */
  readonly present: (before: readonly Member[]) => readonly Member[];
  /** @returns undefined if no operation changed members */
  readonly changes: () => MemberChanges | undefined;
};

export function createMemberPatch(): MemberPatch {
  /** By id; undefined: removed. */
  let named = new Map<string, Member | undefined>();
  let replaced = false;
  const set = (members: readonly Member[]) => {
    for (const member of members) named.set(member.id, member);
  };
  const restart = (members: readonly Member[]) => {
    named = new Map();
    replaced = true;
    set(members);
  };
  return {
    add: set,
    replace: restart,
    remove: (ids) => {
      for (const id of ids) named.set(id, undefined);
    },
    removeAll: () => restart([]),
    present: (before) => {
      const kept = replaced ? [] : before.filter(({ id }) => !named.has(id));
      return [...kept, ...[...named.values()].filter((member) => member !== undefined)];
    },
    changes: () => {
      if (!replaced && named.size === 0) return undefined;
      const entries = [...named];
      return {
        replace: replaced,
        add: entries.flatMap(([, member]) => (member === undefined ? [] : [member])),
        // A replacement already removes all other members.
        remove: replaced ? [] : entries.flatMap(([id, member]) => (member === undefined ? [id] : [])),
      };
    },
  };
}

/** @returns the ids in a filter of the form `value eq "a" or value eq "b"`; undefined for any other filter */
export function namedIds(filter: BoundFilter): readonly string[] | undefined {
  if (filter.kind === 'or') {
    const ids = filter.terms.map(namedIds);
    return ids.every((some) => some !== undefined) ? ids.flat() : undefined;
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.target.sub?.name !== 'value') return undefined;
  return typeof filter.literal === 'string' ? [filter.literal] : undefined;
}
