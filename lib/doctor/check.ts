/** The definition of a check. */
import type { CheckContext } from './check-context.ts';

/** The clients that need it: all of them (RFC), or one identity provider's. */
export type Audience = 'rfc' | 'okta' | 'entra';
export type Grade = 'must' | 'should';

export type Check = {
  /** Stable, for example `create.location`. */
  readonly id: string;
  /** The expected behavior. */
  readonly title: string;
  /** The RFC section, or the identity provider and the action that depends on it. */
  readonly source: string;
  readonly grade: Grade;
  readonly audience: readonly Audience[];
  /**
   * Creates the resources it needs; the run deletes them.
   * @returns a description of the observed behavior
   * @throws CheckFailed, CheckSkipped
   */
  run(context: CheckContext): Promise<string>;
};
