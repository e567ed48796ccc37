/** From what a request says of a group's members to the steps that are needed, all of them checked before the first. */
import { invalidValue, type Member, type MemberChanges, type ScimError } from '../../scim/index.ts';
import { isLive, MemberOfItem } from '../items/items.ts';
import { toMember } from '../items/resource-item.ts';
import type { Table } from '../table/calls.ts';
import { isId, MEMBER_PREFIX, memberOfKey, resourcePk } from '../table/keys.ts';
import { type GroupChange, holds, inOrder, type MemberStep } from './membership-writes.ts';

export type MembershipPlan = {
  readonly steps: readonly MemberStep[];
  /** Ids whose edges remain of deleted members. */
  readonly orphanedEdges: readonly string[];
};
const NOTHING: MembershipPlan = { steps: [], orphanedEdges: [] };

const NAMED = 5;
/** @returns 400 invalidValue that names the first five */
export const unknownMembers = ({ scope }: GroupChange, ids: readonly string[]): ScimError => {
  const attribute = scope.type.members?.attribute ?? 'members';
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : '';
  return invalidValue(`${attribute}: no such resource: ${ids.slice(0, NAMED).join(', ')}${more}`);
};

/** The types a member may have, the one that the client says first. */
const typesFor = (types: readonly string[], hint: string | undefined): readonly string[] =>
  hint !== undefined && types.includes(hint) ? [hint, ...types.filter((type) => type !== hint)] : types;

/** @returns MEMBEROF items, tombstones too, by member id: read under one type after the other, until each is found */
const readHolders = async (
  table: Table,
  { scope }: GroupChange,
  members: readonly Member[],
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

/** @throws invalidValue */
const additions = (
  change: GroupChange,
  { add, holders, now }: { add: readonly Member[]; holders: Map<string, MemberOfItem>; now: number },
): MemberStep[] => {
  const unknown: string[] = [];
  const steps: MemberStep[] = [];
  for (const { id, display } of add) {
    const holder = holders.get(id);
    if (holder === undefined || !isLive(holder, now)) unknown.push(id);
    else if (!holds(holder, change.groupId)) steps.push({ kind: 'add', id, type: holder.type, display });
  }
  if (unknown.length > 0) throw unknownMembers(change, unknown);
  return steps;
};

const planDifference = async (table: Table, change: GroupChange, changes: MemberChanges): Promise<MembershipPlan> => {
  const named = [...changes.add, ...changes.remove.map((id) => ({ id }))];
  const holders = await readHolders(table, change, named);
  const now = table.clock();
  const added = additions(change, { add: changes.add, holders, now });
  const leaving = changes.remove.flatMap((id) => {
    const holder = holders.get(id);
    return holder !== undefined && holds(holder, change.groupId) ? [holder] : [];
  });
  return {
    steps: inOrder([
      ...added,
      ...leaving
        .filter((holder) => isLive(holder, now))
        .map(({ id, type }): MemberStep => ({ kind: 'remove', id, type })),
    ]),
    orphanedEdges: leaving.filter((holder) => !isLive(holder, now)).map(({ id }) => id),
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
  const holders = await readHolders(table, change, add);
  const redisplayed = wanted.flatMap(({ id, display }): MemberStep[] => {
    const edge = present.get(id);
    return edge?.type === undefined || edge.display === display
      ? []
      : [{ kind: 'redisplay', id, type: edge.type, display }];
  });
  const leaving = edges.flatMap(({ id, type }): MemberStep[] =>
    kept.has(id) || type === undefined ? [] : [{ kind: 'remove', id, type }],
  );
  const added = additions(change, { add, holders, now: table.clock() });
  return { steps: inOrder([...added, ...redisplayed, ...leaving]), orphanedEdges: [] };
};

/**
 * Reads and writes nothing of members that the request does not name, except to replace them all.
 * @returns the steps in the order of member ids, none for what is so already
 * @throws invalidValue naming the first five that do not exist
 */
export const planMembership = async (
  table: Table,
  change: GroupChange,
  changes: MemberChanges | undefined,
): Promise<MembershipPlan> => {
  if (changes === undefined) return NOTHING;
  return changes.replace ? planReplacement(table, change, changes.add) : planDifference(table, change, changes);
};
