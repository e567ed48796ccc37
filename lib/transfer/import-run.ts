/** Input, target and state of an import, as the client keeps them. */

import type { LineFault, Scan } from './scan-file.ts';
import type { LineResult, MembershipChange, MemberValue } from './transfer-messages.ts';

export type ImportTarget = {
  /**
   * @param lines one SCIM resource per line
   * @param dryRun true: writes nothing
   * @returns one result per line, in the same order; none is `unfinished`
   */
  sendResources(lines: readonly string[], dryRun: boolean): Promise<readonly LineResult[]>;
  sendMemberships(changes: readonly MembershipChange[]): Promise<readonly LineResult[]>;
  /** The current members of a group. */
  readMembers(group: string): AsyncIterable<MemberValue>;
};
export type ImportRun = {
  readonly file: string;
  readonly scan: Scan;
  readonly target: ImportTarget;
  readonly keepIds: boolean;
  readonly dryRun: boolean;
  /** Called with the number of lines, or groups with memberships, that are done. */
  readonly progress: (phase: string, done: number, total: number) => void;
};
export type Fault = { readonly detail: string; readonly status?: number | undefined };
export type ImportState = {
  /** Maps ids of the file to ids of the directory. */
  readonly ids: Map<string, string>;
  /** Maps line numbers of groups to ids of the directory, because a line may have no id. */
  readonly groups: Map<number, string>;
  /** Ids of the file whose lines were refused. */
  readonly refusedIds: Set<string>;
  readonly refusals: LineFault[];
};

const CONFLICT = 409;
export const refuse = ({ refusals }: ImportState, line: number, { status, detail }: Fault): void => {
  refusals.push({ line, detail, conflict: status === CONFLICT });
};
/** Requests in flight: batches, or groups with memberships. */
export const CONCURRENCY = 4;
export const NO_RESULT = 'the server returned no result for this line';
