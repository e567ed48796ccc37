/**
 * A reference reducer for subscribers of lifecycle events: copy this file. It imports nothing and keeps nothing.
 *
 * A subscriber keeps one row for each user, group and membership, and of each row the highest `sequence` that it has
 * acted on. Whatever order the events come in, and however often, the rows end as the directory is.
 */

type Resource = { readonly id: string; readonly [attribute: string]: unknown };

/** What the reducer reads of an event's `detail`. */
export type SubscribedEvent = {
  readonly type: string;
  readonly directory: { readonly id: string };
  /** 40 digits: compares as a string. */
  readonly sequence?: string;
  readonly user?: Resource;
  readonly group?: Resource;
  readonly memberGroup?: Resource;
  readonly resourceOmitted?: true;
};

export type Row = {
  readonly directory: string;
  /** `user/<id>`, `group/<id>`, `member/<group id>/<member id>`: unique within the directory. */
  readonly key: string;
  readonly sequence: string;
  /** False for what was deleted or removed. Keep the row a few days, or an event that comes late brings it back. */
  readonly present: boolean;
  /** The user or the group as it was told last; a membership has none. */
  readonly resource?: Resource;
  /** The event was too large to carry the resource: read it over SCIM. */
  readonly resourceOmitted?: true;
};

/** @returns undefined for an event that is about no user, group or membership, or of a type unknown to this version */
export const rowKey = ({ type, user, group, memberGroup }: SubscribedEvent): string | undefined => {
  const [noun, verb = ''] = type.split('.');
  if (noun === 'user') return user && `user/${user.id}`;
  if (noun !== 'group' || group === undefined) return undefined;
  if (!verb.startsWith('member_')) return `group/${group.id}`;
  const member = user ?? memberGroup;
  return member && `member/${group.id}/${member.id}`;
};

/**
 * @param before the row of `rowKey(event)` as you have it
 * @returns the row to write in its place, on the condition that its sequence still is that of `before`; undefined when
 * the event tells nothing new
 */
export const applyEvent = (before: Row | undefined, event: SubscribedEvent): Row | undefined => {
  const key = rowKey(event);
  const { type, directory, sequence, user, group, resourceOmitted } = event;
  if (key === undefined || sequence === undefined) return undefined;
  if (before !== undefined && before.sequence >= sequence) return undefined;
  const row = { directory: directory.id, key, sequence };
  if (type.endsWith('.deleted') || type.endsWith('.member_removed')) return { ...row, present: false };
  const resource = key.startsWith('user/') ? user : key.startsWith('group/') ? group : undefined;
  return {
    ...row,
    present: true,
    ...(resource === undefined ? {} : { resource }),
    ...(resourceOmitted ? { resourceOmitted } : {}),
  };
};
