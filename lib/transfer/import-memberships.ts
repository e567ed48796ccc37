/** Imports memberships: the last phase, after all users and groups exist. */
import { forEachInParallel } from '../common/parallel.ts';
import { groupType, isObject } from '../scim/index.ts';
import { CONCURRENCY, type ImportRun, type ImportState, NO_RESULT, refuse } from './import-run.ts';
import { changesOf, type GroupLine } from './membership-changes.ts';
import { readLines } from './read-lines.ts';
import { parseResource, textAt, typeOfResource, valueAt } from './resource-line.ts';
import type { LineResult, MembershipChange, MemberValue } from './transfer-messages.ts';

export type MembershipTally = { readonly added: number; readonly removed: number };

/** Maximum number of members listed in a refusal. */
const MAX_LISTED = 5;

const MEMBERS = groupType.members?.attribute ?? 'members';
const toMembers = (value: unknown): readonly MemberValue[] =>
  (Array.isArray(value) ? value : []).filter(isObject).flatMap((member) => {
    const [id, type, display] = ['value', 'type', 'display'].map((name) => textAt(member, name));
    if (id === undefined) return [];
    return [{ value: id, ...(type === undefined ? {} : { type }), ...(display === undefined ? {} : { display }) }];
  });

/** The lines of imported groups that have the key `members`. */
async function* groupLines({ file, scan }: ImportRun, { groups }: ImportState): AsyncGenerator<GroupLine> {
  for await (const { line, text } of readLines(file)) {
    if (scan.skip.has(line)) continue;
    const resource = parseResource(text);
    if (typeOfResource(resource)?.name !== groupType.name) continue;
    const id = groups.get(line);
    const members = valueAt(resource, MEMBERS);
    if (id !== undefined && members !== undefined) yield { line, id, members: toMembers(members) };
  }
}

/** Gives each group exactly the members of its line. */
export async function importMemberships(run: ImportRun, state: ImportState): Promise<MembershipTally> {
  const { ids } = state;
  const { target, dryRun, scan } = run;
  const total = scan.counts.get(groupType.name) ?? 0;
  const tally = { added: 0, removed: 0 };
  let done = 0;
  const refuseUnknown = ({ line }: GroupLine, unknown: readonly string[]) => {
    if (unknown.length === 0) return;
    const more = unknown.length > MAX_LISTED ? ` and ${unknown.length - MAX_LISTED} more` : '';
    refuse(state, line, { detail: `members were not imported: ${unknown.slice(0, MAX_LISTED).join(', ')}${more}` });
  };
  const send = async (change: MembershipChange): Promise<LineResult | undefined> =>
    dryRun ? { line: 1, outcome: 'updated' } : (await target.sendMemberships([change]))[0];
  const importGroup = async (group: GroupLine) => {
    const { changes, unknown } = await changesOf(group, ids, target.readMembers(group.id));
    refuseUnknown(group, unknown);
    for (const { change, added, removed } of changes) {
      const result = await send(change);
      if (result?.outcome === 'updated') {
        tally.added += added;
        tally.removed += removed;
      } else refuse(state, group.line, { status: result?.status, detail: result?.detail ?? NO_RESULT });
    }
    done += 1;
    run.progress('memberships of groups', done, total);
  };
  await forEachInParallel(groupLines(run, state), CONCURRENCY, importGroup);
  return tally;
}
