/**
 * Reference reducer for subscribers of lifecycle events. Copy this file: it has no imports and no state.
 *
 * A subscriber stores one row per user, group and membership, with the highest `sequence` that it has acted on.
 * The rows converge to the state of the directory, even if events arrive out of order or more than once.
 */

type Resource = { readonly id: string; readonly [attribute: string]: unknown };

/** The fields of `detail` that the reducer reads. */
export type SubscribedEvent = {
  readonly type: string;
  /** `test`: about a fictitious resource, to test a rule and its target. */
  readonly reason?: string;
  readonly directory: { readonly id: string };
  /** 40 digits, so that sequences compare as strings. */
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
  /** False after a deletion or removal. Keep the row for a few days, or a late event restores it. */
  readonly present: boolean;
  /** Latest state of the user or group; absent for a membership. */
  readonly resource?: Resource;
  /** Present if the resource was too large for the event. Read it over SCIM. */
  readonly resourceOmitted?: true;
};

/** @returns undefined if the event does not concern a user, group or membership, or if its type is unknown */
export const rowKey = ({ type, user, group, memberGroup }: SubscribedEvent): string | undefined => {
  const [noun, verb = ''] = type.split('.');
  if (noun === 'user') return user && `user/${user.id}`;
  if (noun !== 'group' || group === undefined) return undefined;
  if (!verb.startsWith('member_')) return `group/${group.id}`;
  const member = user ?? memberGroup;
  return member && `member/${group.id}/${member.id}`;
};

/**
 * @param before the stored row of `rowKey(event)`
 * @returns the row to write, on the condition that the stored row still has the sequence of `before`; undefined if the
 * event contains nothing new, or is a test
 */
export const applyEvent = (before: Row | undefined, event: SubscribedEvent): Row | undefined => {
  const key = rowKey(event);
  const { type, reason, directory, sequence, user, group, resourceOmitted } = event;
  if (key === undefined || sequence === undefined || reason === 'test') return undefined;
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
