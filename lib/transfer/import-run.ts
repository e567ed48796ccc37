/** What an import reads, where it goes, and what it knows so far. */

import type { LineFault, Scan } from './scan-file.ts';
import type { LineResult, MembershipChange, MemberValue } from './transfer-messages.ts';

export type ImportTarget = {
  /**
   * @param lines a SCIM resource each
   * @param dryRun true: nothing is written, whatever the target is
   * @returns a result for each, in their order; none is `unfinished`
   */
  sendResources(lines: readonly string[], dryRun: boolean): Promise<readonly LineResult[]>;
  sendMemberships(changes: readonly MembershipChange[]): Promise<readonly LineResult[]>;
  /** Whom the group has now. */
  readMembers(group: string): AsyncIterable<MemberValue>;
};
export type ImportRun = {
  readonly file: string;
  readonly scan: Scan;
  readonly target: ImportTarget;
  readonly keepIds: boolean;
  readonly dryRun: boolean;
  /** Told of lines and of groups with memberships that are done. */
  readonly progress: (phase: string, done: number, total: number) => void;
};
export type Fault = { readonly detail: string; readonly status?: number | undefined };
export type ImportState = {
  /** From the file's ids to the directory's. */
  readonly ids: Map<string, string>;
  /** From the lines of groups to the directory's ids: a line need not say one. */
  readonly groups: Map<number, string>;
  /** The file's ids of what was refused. */
  readonly lost: Set<string>;
  readonly refusals: LineFault[];
};

const CONFLICT = 409;
export const refuse = ({ refusals }: ImportState, line: number, { status, detail }: Fault): void => {
  refusals.push({ line, detail, conflict: status === CONFLICT });
};
/** Of batches, or of groups with memberships. */
export const AT_ONCE = 4;
export const SILENCE = 'the server said nothing of it';
