/**
 * The client side of an import. Groups come first, so that a default group has its own id before users join it; then
 * users, then memberships. The file is read again for each, so that memory does not grow with the size of the lines.
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

/** @throws the errors of the target; running the same import again continues where it stopped */
export async function importFile(run: ImportRun): Promise<ImportReport> {
  const state: ImportState = {
    ids: new Map(),
    groups: new Map(),
    refusedIds: new Set(),
    refusals: [...run.scan.faults],
  };
  const groups = await importResources(run, groupType, state);
  const users = await importResources(run, userType, state);
  const memberships = await importMemberships(run, state);
  const refusals = state.refusals.sort((a, b) => a.line - b.line);
  return { users, groups, memberships, refusals };
}
