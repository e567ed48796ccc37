/**
 * The client's side of an import. Groups come first, so that a default group is found where it should be; then users;
 * then who is a member of what. The file is read anew for each: what is in memory does not grow with what lines hold.
 */
import { groupType, userType } from '../scim/index.ts';
import { importMemberships, type MembershipTally } from './import-memberships.ts';
import { importResources, type Tally } from './import-resources.ts';
import type { ImportRun, ImportState } from './import-run.ts';
import type { LineFault } from './scan-file.ts';

export type ImportReport = {
  readonly users: Tally;
  readonly groups: Tally;
  readonly memberships: MembershipTally;
  readonly refusals: readonly LineFault[];
};

/** @throws what the target throws; the same import, repeated, goes on where it ended */
export async function importFile(run: ImportRun): Promise<ImportReport> {
  const state: ImportState = { ids: new Map(), groups: new Map(), lost: new Set(), refusals: [...run.scan.faults] };
  const groups = await importResources(run, groupType, state);
  const users = await importResources(run, userType, state);
  const memberships = await importMemberships(run, state);
  const refusals = state.refusals.sort((a, b) => a.line - b.line);
  return { users, groups, memberships, refusals };
}
