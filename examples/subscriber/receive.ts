/** What this application does with a lifecycle event: its row first, then what depends on it. */
import { applyEvent, type Row, rowKey } from '../../lib/subscriber/apply-event.ts';
import type { LifecycleEvent, LifecycleEvents } from '../../lib/subscriber/lifecycle-events.ts';

/** The application's own table of users, groups and memberships. */
export type Rows = {
  read(directory: string, key: string): Promise<Row | undefined>;
  /** @returns false when the row is not as `before` any more: somebody else wrote */
  write(row: Row, before: Row | undefined): Promise<boolean>;
};

/** Asks anew when two deliveries meet at one row. */
const keepUpToDate = async (rows: Rows, event: LifecycleEvent): Promise<boolean> => {
  for (;;) {
    const key = rowKey(event);
    const before = key === undefined ? undefined : await rows.read(event.directory.id, key);
    const row = applyEvent(before, event);
    if (row === undefined) return false;
    if (await rows.write(row, before)) return true;
  }
};

/** Who is made inactive is invited when somebody activates them. */
const invite = ({ user }: LifecycleEvents['user.created' | 'user.reactivated']) =>
  user.active === false ? undefined : `invite ${user.userName}`;

/**
 * Only for what somebody changed: whoever sends mail for a backfill or a replay invites everybody again.
 * @returns what an application would do now, in words
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

/** @returns what was done beyond the row; undefined: nothing, because the event was old, came twice, or asks for nothing */
export const receive = async (rows: Rows, event: LifecycleEvent): Promise<string | undefined> =>
  (await keepUpToDate(rows, event)) ? act(event) : undefined;
