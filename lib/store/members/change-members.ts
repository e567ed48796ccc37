/**
 * Changes of a group's members beyond its own item: in chunks of fifty, none of which names the group's item, so that
 * neither the chunks nor pushes to one group refuse each other. Each chunk is atomic; what is so already is passed over,
 * so the same request, repeated, completes itself.
 */

import { chunksOf, inParallel } from '../../common/parallel.ts';
import { PRESENT, stampOf } from '../items/resource-item.ts';
import type { Item, Table } from '../table/calls.ts';
import { resourceKey } from '../table/keys.ts';
import { createThrottle, type Throttle } from '../table/throttle.ts';
import { transact, updateItem } from '../table/transact.ts';
import {
  edgeKey,
  type GroupChange,
  groupNotFound,
  judgeAll,
  MEMBERS_AT_ONCE,
  type MemberStep,
  type MembershipWrite,
  writesOf,
} from './membership-writes.ts';
import { unknownMembers } from './plan-membership.ts';

/** What has been done of a change so far: filled while it goes on, because a change may end in the middle. */
export type Progress = { readonly done: MemberStep[] };

type Chunk = {
  readonly chunk: MemberStep[];
  /** Of the whole change. */
  readonly progress: Progress;
  readonly throttle: Throttle;
  /** No other chunk is written, before this one or beside it. */
  readonly alone: boolean;
  /** What the memberships are stamped with. */
  readonly at: () => string;
};

/** @throws invalidValue when a member went and this is all of the change; otherwise who went is passed over */
const writeChunk = async (table: Table, change: GroupChange, { chunk, progress, throttle, alone, at }: Chunk) => {
  const { deadline } = change.scope;
  let steps = chunk;
  while (steps.length > 0) {
    const refusals = await transact(table, writesOf({ ...change, at: at() }, steps), { deadline, throttle });
    if (refusals === undefined) {
      progress.done.push(...steps);
      return;
    }
    const verdicts = judgeAll(steps, refusals);
    const gone = steps.filter((step) => verdicts.get(step) === 'noMember').map(({ id }) => id);
    if (gone.length > 0 && alone) throw unknownMembers(change, gone);
    const orphanedEdges = steps.filter((step) => verdicts.get(step) === 'orphaned');
    await table.deleteAll(orphanedEdges.map(({ id }) => edgeKey(change, id)));
    steps = steps.filter((step) => !verdicts.has(step));
  }
};

/**
 * @param steps in the order of member ids
 * @param at what they are stamped with; by default the time at which the change began
 * @throws notFinished when chunks are left at the deadline
 */
export const writeSteps = async (
  table: Table,
  change: GroupChange,
  {
    steps,
    progress,
    at = () => change.at,
  }: { readonly steps: readonly MemberStep[]; readonly progress: Progress; readonly at?: () => string },
): Promise<void> => {
  const throttle = createThrottle();
  const chunks = chunksOf(steps, MEMBERS_AT_ONCE);
  const alone = chunks.length === 1;
  await inParallel(chunks, (chunk) => writeChunk(table, change, { chunk, progress, throttle, alone, at }));
};

const isoTime = (table: Table): string => new Date(table.clock()).toISOString();

/** A last word may be said after the deadline: what is written must show in the group's version. */
const NO_DEADLINE = { deadline: Infinity };

/**
 * Stamped with the time of this very write: memberships that are younger than their group have not been counted yet
 * (member-versions.ts).
 * @returns the group's item after it, undefined when the group is gone
 */
export const countMemberChange = async (
  table: Table,
  { scope, groupType, groupId }: MembershipWrite,
): Promise<Item | undefined> => {
  const at = isoTime(table);
  const outcome = await updateItem(
    table,
    {
      key: resourceKey(scope.directory, groupType, groupId),
      update: { set: stampOf(scope, at), add: { m: 1 } },
      condition: { expression: PRESENT },
    },
    NO_DEADLINE,
  );
  return 'done' in outcome ? outcome.done : undefined;
};

/** The group went while its members were written: they are taken back, because its deletion may have swept before us. */
export const takeBack = async (table: Table, change: GroupChange, { done }: Progress): Promise<void> => {
  const steps = done.flatMap(({ kind, id, type }): MemberStep[] =>
    kind === 'add' ? [{ kind: 'remove', id, type }] : [],
  );
  const unhurried = { ...change, scope: { ...change.scope, ...NO_DEADLINE } };
  await writeSteps(table, unhurried, { steps, progress: { done: [] } });
};

/**
 * Members as they shall be, each stamped with the time of its own write, because others may count theirs meanwhile; then
 * the group's `m`, before anything is answered.
 * @returns the group's item after it
 * @throws notFound when the group went meanwhile
 */
export const changeMembers = async (
  table: Table,
  change: GroupChange,
  { steps, progress = { done: [] } }: { steps: readonly MemberStep[]; progress?: Progress },
): Promise<Item> => {
  try {
    await writeSteps(table, change, { steps, progress, at: () => isoTime(table) });
  } catch (error) {
    await closeBroken(table, change, progress);
    throw error;
  }
  const item = await countMemberChange(table, change);
  if (item !== undefined) return item;
  await takeBack(table, change, progress);
  throw groupNotFound(change);
};

/** A change that ends in the middle has changed the group all the same. */
const closeBroken = async (table: Table, change: GroupChange, progress: Progress): Promise<void> => {
  if (progress.done.length === 0) return;
  if ((await countMemberChange(table, change)) === undefined) await takeBack(table, change, progress);
};
