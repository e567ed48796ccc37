/** Handles a lifecycle event: updates the row first, then acts on the change. */
import { applyEvent, type Row, rowKey } from '../../lib/subscriber/apply-event.ts';
import type { LifecycleEvent, LifecycleEvents } from '../../lib/subscriber/lifecycle-events.ts';

/** The application's own table of users, groups and memberships. */
export type Rows = {
  read(directory: string, key: string): Promise<Row | undefined>;
  /** @returns false if the row no longer matches `before`, because another delivery updated it */
  write(row: Row, before: Row | undefined): Promise<boolean>;
};

/** Retries if two deliveries update the same row at once. */
const keepUpToDate = async (rows: Rows, event: LifecycleEvent): Promise<boolean> => {
  for (;;) {
    const key = rowKey(event);
    const before = key === undefined ? undefined : await rows.read(event.directory.id, key);
    const row = applyEvent(before, event);
    if (row === undefined) return false;
    if (await rows.write(row, before)) return true;
  }
};

/** Does not invite inactive users. They are invited on `user.reactivated`. */
const invite = ({ user }: LifecycleEvents['user.created' | 'user.reactivated']) =>
  user.active === false ? undefined : `invite ${user.userName}`;

/**
 * Acts on actual changes only. Acting on a backfill or a replay would invite all users again.
 * @returns a description of what a real application would do
 */
const act = (event: LifecycleEvent): string | undefined => {
  if (event.reason !== 'change') return undefined;
  switch (event.type) {
    case 'user.created':
    case 'user.reactivated':
      return invite(event);
    case 'user.deactivated':
    case 'user.deleted':
      return `end the sessions of ${event.user.userName}`;
    case 'group.member_added':
      return event.user && `give ${event.user.userName} the role of ${event.group.displayName}`;
    case 'group.member_removed':
      return event.user && `take the role of ${event.group.displayName} from ${event.user.userName}`;
    default:
      return undefined;
  }
};

/** @returns a description of the action; undefined if the event is outdated, a duplicate or needs no action */
export const receive = async (rows: Rows, event: LifecycleEvent): Promise<string | undefined> =>
  (await keepUpToDate(rows, event)) ? act(event) : undefined;
