/**
 * What a PATCH in mode `tolerant` skips, so that the rest applies: one impossible operation must not keep a leaver active
 * (docs/decisions/0012-dialects-that-keep-the-meaning.md).
 */
import type { Tolerate } from '../dialect.ts';
import { ScimError } from '../error.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Operation } from './patch-request.ts';

/** The progress of one PATCH. */
export type Outcome = { applied: number; readonly skipped: ScimError[] };

/** The path without the values of its filter. */
const withoutValues = (path: string) => path.replace(/\[.*\]/s, '[]');

/**
 * Runs one step, and skips it if its error allows that.
 * @param path names the attribute in the header X-Rollcall-Skipped
 */
export const orSkip = (
  outcome: Outcome,
  { path, tolerate }: { readonly path: string; readonly tolerate: Tolerate },
  step: () => void,
): void => {
  try {
    step();
  } catch (error) {
    if (!(error instanceof ScimError) || error.skip === undefined) throw error;
    if (!tolerate(error.skip === 'value' ? 'valueIgnored' : 'operationSkipped', withoutValues(path))) throw error;
    outcome.skipped.push(error);
  }
};

/** Whether an unknown path may mean that a resource loses members or gains them: then it is never skipped. */
export const mayMeanMembers = ({ op, path = '' }: Pick<Operation, 'op' | 'path'>, { members }: ResourceType): boolean =>
  members !== undefined && (op === 'remove' || /(^|:)member/i.test(path));

/** @throws the first error that was skipped if nothing else applied, unless all paths were readOnly */
export const checkOutcome = ({ applied, skipped }: Outcome): void => {
  const refused = applied === 0 ? skipped.find(({ skip }) => skip !== 'readOnly') : undefined;
  if (refused !== undefined) throw refused;
};
