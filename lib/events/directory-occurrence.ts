/** Derives what happened to a directory or a token from a change of its item. Pure. */
import type { Actor, JsonObject } from '../scim/index.ts';
import { type AttributeChange, attributeChanges } from './attribute-changes.ts';

/** A directory as a stream record shows it. */
export type DirectoryImage = {
  readonly kind: 'directory';
  /** The directory's id. */
  readonly directory: string;
  readonly settings: JsonObject;
  readonly status: 'active' | 'paused' | 'deleting';
  readonly pausedBy: 'admin' | 'guard' | undefined;
  /** ISO 8601 */
  readonly createdAt: string;
  readonly connectedAt: string | undefined;
  /** Rises with every change, and keeps rising when an id is reused after a deletion. */
  readonly revision: number;
  readonly actor: Actor;
  readonly at: string;
};
/** The announcement that a token will expire, as a stream record shows it. */
export type TokenExpiryImage = {
  readonly kind: 'token';
  readonly directory: string;
  readonly token: { readonly id: string; readonly name: string; readonly expiresAt: string };
  /** Days left, at most. */
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
  /** Changes of the settings. */
  readonly changes: readonly AttributeChange[];
};
export type TokenOccurrence = { readonly kind: 'token'; readonly verb: 'expiring'; readonly after: TokenExpiryImage };

const statusVerb = (before: DirectoryImage, after: DirectoryImage): DirectoryVerb | undefined => {
  if (before.status === after.status) return undefined;
  if (after.status === 'deleting') return 'deleted';
  if (after.status === 'active') return 'resumed';
  return after.pausedBy === 'guard' ? 'guard_tripped' : 'paused';
};

/** @returns an empty list for a new directory, which its administrator has just created */
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

/** @returns an empty list if the record repeats an announcement */
export const tokenOccurrences = (
  before: TokenExpiryImage | undefined,
  after: TokenExpiryImage,
): readonly TokenOccurrence[] =>
  before?.revision === after.revision ? [] : [{ kind: 'token', verb: 'expiring', after }];
