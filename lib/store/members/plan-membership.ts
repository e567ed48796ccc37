/** Plans the steps of a requested change of members. All of them are checked before the first is written. */
import { invalidValue, type Member, type MemberChanges, type ScimError } from '../../scim/index.ts';
import { isLive, MemberOfItem } from '../items/items.ts';
import { toMember } from '../items/resource-item.ts';
import type { Table } from '../table/calls.ts';
import { isId, MEMBER_PREFIX, memberOfKey, resourcePk } from '../table/keys.ts';
import { type GroupChange, isMemberOf, type MemberStep, sortById } from './membership-writes.ts';

export type MembershipPlan = {
  readonly steps: readonly MemberStep[];
  /** Ids of deleted members whose edges are still under the group. */
  readonly orphanedEdges: readonly string[];
};
const NOTHING: MembershipPlan = { steps: [], orphanedEdges: [] };

const MAX_LISTED = 5;
/**
 * @param isComplete false: there may be further ones that were not looked up
 * @returns 400 invalidValue that lists the first five ids
 */
export const unknownMembers = ({ scope }: GroupChange, ids: readonly string[], isComplete = true): ScimError => {
  const attribute = scope.type.members?.attribute ?? 'members';
  const count = `${isComplete ? '' : 'at least '}${ids.length - MAX_LISTED}`;
  const more = ids.length > MAX_LISTED ? ` and ${count} more` : '';
  const listed = `${ids.slice(0, MAX_LISTED).join(', ')}${more}`;
  return invalidValue(`${attribute} must be ids of existing resources, not ${listed}`);
};

/** @returns the types a member may have, starting with the one that the client names */
const typesFor = (types: readonly string[], hint: string | undefined): readonly string[] =>
  hint !== undefined && types.includes(hint) ? [hint, ...types.filter((type) => type !== hint)] : types;

/** Ids looked up before it is decided whether to look up more: as many as the calls in flight hold. */
const LOOKED_UP_AT_ONCE = 800;

/** A member to look up. `mustExist`: to be added, so the change is refused if it does not exist. */
type Named = Member & { readonly mustExist: boolean };

/** @returns MEMBEROF items including tombstones. Tries one resource type after another until each id is found */
const readPart = async (
  table: Table,
  { scope }: GroupChange,
  members: readonly Named[],
): Promise<Map<string, MemberOfItem>> => {
  const types = scope.type.members?.types ?? [];
  const found = new Map<string, MemberOfItem>();
  const wanted = members.filter(({ id }) => isId(id)).map(({ id, type }) => ({ id, types: typesFor(types, type) }));
  for (let turn = 0; turn < types.length; turn++) {
    const keys = wanted
      .filter(({ id }) => !found.has(id))
      .map((member) => ({ id: member.id, key: memberOfKey(scope.directory, member.types[turn] ?? '', member.id) }));
    const items = await table.getAll(keys.map(({ key }) => key));
    for (const { id, key } of keys) {
      const item = items.get(key);
      if (item !== undefined) found.set(id, MemberOfItem.parse(item));
    }
  }
  return found;
};

/**
 * @returns MEMBEROF items including tombstones, by member id
 * @throws invalidValue if members to be added do not exist; those after them are then not looked up
 */
const readMemberOfItems = async (
  table: Table,
  change: GroupChange,
  members: readonly Named[],
): Promise<ReadonlyMap<string, MemberOfItem>> => {
  const found = new Map<string, MemberOfItem>();
  for (let at = 0; at < members.length; at += LOOKED_UP_AT_ONCE) {
    const part = members.slice(at, at + LOOKED_UP_AT_ONCE);
    for (const [id, item] of await readPart(table, change, part)) found.set(id, item);
    const isKnown = (item: MemberOfItem | undefined) => item !== undefined && isLive(item, table.clock());
    const unknown = part.filter(({ id, mustExist }) => mustExist && !isKnown(found.get(id))).map(({ id }) => id);
    if (unknown.length > 0) throw unknownMembers(change, unknown, at + LOOKED_UP_AT_ONCE >= members.length);
  }
  return found;
};

/** @param memberOfs with those of all members to add */
const additions = (
  { groupId }: GroupChange,
  add: readonly Member[],
  memberOfs: ReadonlyMap<string, MemberOfItem>,
): MemberStep[] =>
  add.flatMap(({ id, display }): MemberStep[] => {
    const memberOf = memberOfs.get(id);
    const isMissing = memberOf !== undefined && !isMemberOf(memberOf, groupId);
    return isMissing ? [{ kind: 'add', id, type: memberOf.type, display }] : [];
  });

const toAdd = (member: Member): Named => ({ ...member, mustExist: true });
const toRemove = (id: string): Named => ({ id, mustExist: false });

const planDifference = async (table: Table, change: GroupChange, changes: MemberChanges): Promise<MembershipPlan> => {
  const named = [...changes.add.map(toAdd), ...changes.remove.map(toRemove)];
  const memberOfs = await readMemberOfItems(table, change, named);
  const now = table.clock();
  const leaving = changes.remove.flatMap((id) => {
    const memberOf = memberOfs.get(id);
    return memberOf !== undefined && isMemberOf(memberOf, change.groupId) ? [memberOf] : [];
  });
  return {
    steps: sortById([
      ...additions(change, changes.add, memberOfs),
      ...leaving
        .filter((memberOf) => isLive(memberOf, now))
        .map(({ id, type }): MemberStep => ({ kind: 'remove', id, type })),
    ]),
    orphanedEdges: leaving.filter((memberOf) => !isLive(memberOf, now)).map(({ id }) => id),
  };
};

const planReplacement = async (
  table: Table,
  change: GroupChange,
  wanted: readonly Member[],
): Promise<MembershipPlan> => {
  const { scope, groupType, groupId } = change;
  const pk = resourcePk(scope.directory, groupType, groupId);
  const edges = (await table.query({ pk, from: MEMBER_PREFIX })).map(toMember);
  const present = new Map(edges.map((edge) => [edge.id, edge]));
  const kept = new Set(wanted.map(({ id }) => id));
  const add = wanted.filter(({ id }) => !present.has(id));
  const memberOfs = await readMemberOfItems(table, change, add.map(toAdd));
  const redisplayed = wanted.flatMap(({ id, display }): MemberStep[] => {
    const edge = present.get(id);
    return edge?.type === undefined || edge.display === display
      ? []
      : [{ kind: 'redisplay', id, type: edge.type, display }];
  });
  const leaving = edges.flatMap(({ id, type }): MemberStep[] =>
    kept.has(id) || type === undefined ? [] : [{ kind: 'remove', id, type }],
  );
  const added = additions(change, add, memberOfs);
  return { steps: sortById([...added, ...redisplayed, ...leaving]), orphanedEdges: [] };
};

/**
 * Reads only the members that the request names, except to replace them all.
 * @returns the steps in the order of member ids, without changes already in effect
 * @throws invalidValue listing the first five ids that do not exist
 */
export const planMembership = async (
  table: Table,
  change: GroupChange,
  changes: MemberChanges | undefined,
): Promise<MembershipPlan> => {
  if (changes === undefined) return NOTHING;
  return changes.replace ? planReplacement(table, change, changes.add) : planDifference(table, change, changes);
};
