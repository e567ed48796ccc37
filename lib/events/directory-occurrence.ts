/** The change of a directory's or of a token's item -> what happened to it. Pure. */
import type { Actor, JsonObject } from '../scim/index.ts';
import { type AttributeChange, attributeChanges } from './attribute-changes.ts';

/** A directory as a record shows it. */
export type DirectoryImage = {
  readonly kind: 'directory';
  /** Its id. */
  readonly directory: string;
  readonly settings: JsonObject;
  readonly status: 'active' | 'paused' | 'deleting';
  readonly pausedBy: 'admin' | 'guard' | undefined;
  /** ISO 8601 */
  readonly createdAt: string;
  readonly connectedAt: string | undefined;
  /** Rises with every change, and over the lives of an id that is used again. */
  readonly revision: number;
  readonly actor: Actor;
  readonly at: string;
};
/** That a token will expire, as a record shows it. */
export type TokenExpiryImage = {
  readonly kind: 'token';
  readonly directory: string;
  readonly token: { readonly id: string; readonly name: string; readonly expiresAt: string };
  /** At most so many are left. */
  readonly days: number;
  readonly revision: number;
  readonly actor: Actor;
  readonly at: string;
};

type DirectoryVerb = 'connected' | 'updated' | 'paused' | 'resumed' | 'guard_tripped' | 'deleted';
export type DirectoryOccurrence = {
  readonly kind: 'directory';
  readonly verb: DirectoryVerb;
  readonly after: DirectoryImage;
  /** Of the settings. */
  readonly changes: readonly AttributeChange[];
};
export type TokenOccurrence = { readonly kind: 'token'; readonly verb: 'expiring'; readonly after: TokenExpiryImage };

const statusVerb = (before: DirectoryImage, after: DirectoryImage): DirectoryVerb | undefined => {
  if (before.status === after.status) return undefined;
  if (after.status === 'deleting') return 'deleted';
  if (after.status === 'active') return 'resumed';
  return after.pausedBy === 'guard' ? 'guard_tripped' : 'paused';
};

/** @returns nothing for a directory that is new: whoever made it knows */
export const directoryOccurrences = (
  before: DirectoryImage | undefined,
  after: DirectoryImage,
): readonly DirectoryOccurrence[] => {
  if (before === undefined) return [];
  const changes = attributeChanges(before.settings, after.settings);
  const status = statusVerb(before, after);
  const verbs: DirectoryVerb[] = [
    ...(before.connectedAt === undefined && after.connectedAt !== undefined ? (['connected'] as const) : []),
    ...(changes.length > 0 ? (['updated'] as const) : []),
    ...(status === undefined ? [] : [status]),
  ];
  return verbs.map((verb) => ({ kind: 'directory', verb, after, changes }));
};

/** @returns nothing when the record tells what was told before */
export const tokenOccurrences = (
  before: TokenExpiryImage | undefined,
  after: TokenExpiryImage,
): readonly TokenOccurrence[] =>
  before?.revision === after.revision ? [] : [{ kind: 'token', verb: 'expiring', after }];
