/**
 * Writes changes of a group's members in chunks of 50. No chunk contains the group's own item, so neither the chunks
 * nor concurrent changes of one group conflict. Each chunk is atomic; changes already in effect are skipped, so a retry
 * completes the request. After the chunks, one update of the group's item counts the change in `m`.
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

/** The steps of a change that are written so far. Filled as the change proceeds, because it may stop part-way. */
export type Progress = { readonly done: MemberStep[] };

type Chunk = {
  readonly chunk: MemberStep[];
  /** Progress of the whole change. */
  readonly progress: Progress;
  readonly throttle: Throttle;
  /** Whether this chunk is the whole change. */
  readonly alone: boolean;
  /** Returns the time that the memberships are stamped with. */
  readonly at: () => string;
};

/**
 * Writes one chunk. Retries without the steps that DynamoDB refuses; orphaned edges are deleted.
 * @throws invalidValue if a new member no longer exists and this chunk is the whole change; in a larger change, where
 * others may be written already, such a member is skipped
 */
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
 * Writes the steps in concurrent chunks.
 * @param steps in the order of member ids
 * @param at returns the time that memberships are stamped with. @default the start of the change
 * @throws notFinished if chunks remain at the deadline
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

/** The final count ignores the deadline: members that are written must show in the group's version. */
const NO_DEADLINE = { deadline: Infinity };

/**
 * Counts a change of members in the group's `m`. Stamps the group with the current time: a membership with a later
 * stamp than its group's is not counted yet, and the stream function counts it (repair-member-versions.ts).
 * @returns the group's item after the update, undefined if the group is deleted
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

/**
 * Removes the members that this change has added: the group was deleted meanwhile, and its cleanup may have run before.
 */
export const rollBackMembers = async (table: Table, change: GroupChange, { done }: Progress): Promise<void> => {
  const steps = done.flatMap(({ kind, id, type }): MemberStep[] =>
    kind === 'add' ? [{ kind: 'remove', id, type }] : [],
  );
  const withoutDeadline = { ...change, scope: { ...change.scope, ...NO_DEADLINE } };
  await writeSteps(table, withoutDeadline, { steps, progress: { done: [] } });
};

/**
 * Writes the members, then counts the change in the group's `m`, before the request is answered. Each membership is
 * stamped with the time of its own write, because other requests may count theirs in the meantime.
 * @returns the group's item after the count
 * @throws notFound if the group is deleted meanwhile
 */
export const changeMembers = async (
  table: Table,
  change: GroupChange,
  { steps, progress = { done: [] } }: { steps: readonly MemberStep[]; progress?: Progress },
): Promise<Item> => {
  try {
    await writeSteps(table, change, { steps, progress, at: () => isoTime(table) });
  } catch (error) {
    await countPartialChange(table, change, progress);
    throw error;
  }
  const item = await countMemberChange(table, change);
  if (item !== undefined) return item;
  await rollBackMembers(table, change, progress);
  throw groupNotFound(change);
};

/** A change that stops part-way has changed the group, so it is counted too. */
const countPartialChange = async (table: Table, change: GroupChange, progress: Progress): Promise<void> => {
  if (progress.done.length === 0) return;
  if ((await countMemberChange(table, change)) === undefined) await rollBackMembers(table, change, progress);
};
