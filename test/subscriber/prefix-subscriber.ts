/**
 * A subscriber that grants access by the names of groups alone: two rules of EventBridge select its events by a prefix of
 * `displayName`. Stores a row per group and per membership, and converges in any order of delivery (docs/patterns.md).
 */
import { matches, parsePattern } from '../../lib/events/pattern.ts';
import type { JsonObject } from '../../lib/scim/index.ts';

/** The rules, as in docs/patterns.md. */
const rulesOf = (prefix: string) => [
  {
    'detail-type': ['group.member_added', 'group.member_removed', 'group.deleted'],
    detail: { group: { displayName: [{ prefix }] } },
  },
  {
    'detail-type': ['group.updated'],
    detail: { changes: { path: ['displayName'], $or: [{ before: [{ prefix }] }, { after: [{ prefix }] }] } },
  },
];

type Reference = { readonly id: string; readonly displayName?: string };
export type GroupEvent = {
  readonly type: string;
  readonly sequence: string;
  readonly version?: number;
  readonly groupVersion?: number;
  readonly group: Reference;
  readonly user?: Reference;
};
type GroupRow = { readonly version: number; readonly isWithin: boolean };
/** `groupVersion`: of the group's name in the event, or of the rename after which the members were read. */
type MemberRow = { readonly sequence: string; readonly isMember: boolean; readonly groupVersion: number };

/** @param readMembers reads the ids of the users in a group over SCIM; none if the group does not exist */
export const createPrefixSubscriber = (prefix: string, readMembers: (group: string) => Promise<readonly string[]>) => {
  const patterns = rulesOf(prefix).map(parsePattern);
  const groups = new Map<string, GroupRow>();
  const members = new Map<string, Map<string, MemberRow>>();
  const membersOf = (group: string) => {
    const rows = members.get(group) ?? new Map<string, MemberRow>();
    members.set(group, rows);
    return rows;
  };

  const applyMember = ({ type, sequence, group, user, groupVersion = 0 }: GroupEvent) => {
    // Older than a rename: what it says is in the members that were read after the rename.
    if (user === undefined || groupVersion < (groups.get(group.id)?.version ?? 0)) return;
    const rows = membersOf(group.id);
    if ((rows.get(user.id)?.sequence ?? '') >= sequence) return;
    rows.set(user.id, { sequence, isMember: type === 'group.member_added', groupVersion });
  };
  /** Memberships that are as old as another name of the group count no longer. */
  const revoke = (rows: Map<string, MemberRow>, version: number) => {
    for (const [id, row] of rows)
      if (row.groupVersion < version) rows.set(id, { ...row, isMember: false, groupVersion: version });
  };
  /** A row of a later name knows better: each of its changes has been or will be delivered. */
  const grant = (rows: Map<string, MemberRow>, id: string, version: number) => {
    const { sequence, groupVersion } = rows.get(id) ?? { sequence: '', groupVersion: version };
    if (groupVersion <= version) rows.set(id, { sequence, isMember: true, groupVersion: version });
  };
  const applyGroup = async ({ type, group, version = 0 }: GroupEvent) => {
    if ((groups.get(group.id)?.version ?? 0) >= version) return;
    const isWithin = type !== 'group.deleted' && group.displayName?.startsWith(prefix) === true;
    groups.set(group.id, { version, isWithin });
    const rows = membersOf(group.id);
    revoke(rows, version);
    if (isWithin) for (const id of await readMembers(group.id)) grant(rows, id, version);
  };

  const hasAccess = (group: string, { isMember, groupVersion }: MemberRow) => {
    const row = groups.get(group);
    return isMember && (row === undefined || row.isWithin || groupVersion > row.version);
  };
  return {
    receive: async (event: JsonObject) => {
      if (!patterns.some((pattern) => matches(pattern, event))) return false;
      const detail = event.detail as unknown as GroupEvent;
      await (detail.type.startsWith('group.member_') ? applyMember(detail) : applyGroup(detail));
      return true;
    },
    /** Users with access. */
    granted: (): ReadonlySet<string> =>
      new Set(
        [...members].flatMap(([group, rows]) => [...rows].filter(([, row]) => hasAccess(group, row)).map(([id]) => id)),
      ),
  };
};
