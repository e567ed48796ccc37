/** Derives occurrences from a record of the table's stream: what happened to which resource or directory. Pure. */
import type { Actor, JsonObject, Reason } from '../scim/index.ts';
import {
  type DirectoryImage,
  type DirectoryOccurrence,
  directoryOccurrences,
  type TokenExpiryImage,
  type TokenOccurrence,
  tokenOccurrences,
} from './directory-occurrence.ts';

type Written = {
  readonly directory: string;
  /** Type of the resource, or of the member in a membership. */
  readonly type: string;
  readonly id: string;
  readonly gone: boolean;
  readonly actor: Actor;
  /** `backfill`: the current state is published again, as if it were new. `test`: the resource does not exist. */
  readonly reason: Reason | 'backfill' | 'test';
};
/** A resource as a stream record shows it, before or after a change. */
export type ResourceImage = Written & {
  readonly kind: 'resource';
  readonly version: number;
  /** ISO 8601; `lastModified` is the time of the write, including a deletion. */
  readonly created: string;
  readonly lastModified: string;
  /** Undefined after the deletion. */
  readonly attributes: JsonObject | undefined;
  /** Still being created, and not visible to clients. */
  readonly pending: boolean;
};
/** The groups of a resource as a stream record shows them. */
export type MembershipImage = Written & {
  readonly kind: 'memberOf';
  /** Group ids. */
  readonly groups: ReadonlySet<string>;
  readonly revision: number;
  readonly at: string;
};
type Image = ResourceImage | MembershipImage | DirectoryImage | TokenExpiryImage;
/** `before` is undefined for a new item, `after` for a removed one. */
export type Change = { readonly before: Image | undefined; readonly after: Image | undefined };

type ResourceVerb = 'created' | 'updated' | 'deactivated' | 'reactivated' | 'deleted';
export type ResourceOccurrence = {
  readonly kind: 'resource';
  readonly verb: ResourceVerb;
  /** Undefined for a newly visible resource. */
  readonly before: ResourceImage | undefined;
  readonly after: ResourceImage;
};
export type MemberOccurrence = {
  readonly kind: 'member';
  readonly verb: 'member_added' | 'member_removed';
  readonly groupId: string;
  readonly member: MembershipImage;
};
export type Occurrence = ResourceOccurrence | MemberOccurrence | DirectoryOccurrence | TokenOccurrence;

/** RFC 7643 section 4.1.1 defines no default; Rollcall treats a resource without the attribute as active. */
export const isActive = (attributes: JsonObject | undefined): boolean => attributes?.active !== false;

const changeVerb = (before: ResourceImage, after: ResourceImage): ResourceVerb => {
  const [was, is] = [isActive(before.attributes), isActive(after.attributes)];
  if (was === is) return 'updated';
  return is ? 'reactivated' : 'deactivated';
};

const resourceOccurrences = (before: ResourceImage | undefined, after: ResourceImage): readonly Occurrence[] => {
  const one = (verb: ResourceVerb) => [{ kind: 'resource' as const, verb, before, after }];
  if (before === undefined || before.pending || before.gone) {
    return after.pending || after.gone ? [] : [{ kind: 'resource', verb: 'created', before: undefined, after }];
  }
  if (after.gone) return one('deleted');
  // Member changes have their own counter, and some engines emit a record for a put that changes nothing.
  return before.version === after.version ? [] : one(changeVerb(before, after));
};

const noGroups: ReadonlySet<string> = new Set();
const groupsOf = (image: MembershipImage | undefined) => (image === undefined || image.gone ? noGroups : image.groups);

const memberOccurrences = (before: MembershipImage | undefined, member: MembershipImage): readonly Occurrence[] => {
  const [were, are] = [groupsOf(before), groupsOf(member)];
  const each = (groups: ReadonlySet<string>, others: ReadonlySet<string>, verb: MemberOccurrence['verb']) =>
    [...groups]
      .filter((groupId) => !others.has(groupId))
      .sort()
      .map((groupId) => ({ kind: 'member' as const, verb, groupId, member }));
  return [...each(were, are, 'member_removed'), ...each(are, were, 'member_added')];
};

/**
 * @returns the occurrences of one stream record, in order: none for a write without a change, and none for the removal
 * of an item, because a deletion first marks the item as gone
 * @throws Error if the two images are not of the same item
 */
export const toOccurrences = ({ before, after }: Change): readonly Occurrence[] => {
  if (after === undefined) return [];
  if (before !== undefined && before.kind !== after.kind)
    throw new Error('the two images of a record are of different kinds');
  const past = <Kind extends Image>(_: Kind) => before as Kind | undefined;
  switch (after.kind) {
    case 'resource':
      return resourceOccurrences(past(after), after);
    case 'memberOf':
      return memberOccurrences(past(after), after);
    case 'directory':
      return directoryOccurrences(past(after), after);
    case 'token':
      return tokenOccurrences(past(after), after);
  }
};
