/** What a check is, and how it says what it saw. */
import type { Scene } from './scene.ts';

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
  run(scene: Scene): Promise<string>;
};

/** The server is not as it should be; the message says what was seen. */
export class Fault extends Error {}

/** It could not be found out; the message says why. */
export class Unable extends Error {}
