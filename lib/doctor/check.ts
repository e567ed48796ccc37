/** What a check is. */
import type { CheckContext } from './check-context.ts';

/** Who needs it: every client by the RFCs, or an identity provider. */
export type Audience = 'rfc' | 'okta' | 'entra';
export type Grade = 'must' | 'should';

export type Check = {
  /** Stable, for example `create.location`. */
  readonly id: string;
  /** What should be so. */
  readonly title: string;
  /** The clause, or the provider and what it does. */
  readonly source: string;
  readonly grade: Grade;
  readonly audience: readonly Audience[];
  /**
   * Makes what it needs and leaves its removal to the scene.
   * @returns what was seen, in words
   * @throws Fault, Unable
   */
  run(scene: CheckContext): Promise<string>;
};
