/** Okta's catalog apps (OIN): PUT for profiles, PATCH for the status and for groups. */
import { GROUP } from '../../scim-client/scim-messages.ts';
import { groupTarget, type Provider, userTarget } from '../provider.ts';
import type { Session } from '../session.ts';
import { findGroup, okta, toMembers } from './okta.ts';

/** Okta also sends the name before each membership change, even if it is unchanged. */
const sendName = (session: Session, { id, displayName }: { id: string; displayName: string }) =>
  session.patch('group update', groupTarget(id), [{ op: 'replace', value: { id, displayName } }]);

export const oktaOin: Provider = {
  ...okta,
  title: 'Okta, catalog app (OIN)',
  setActive: (session, { id, person: { active } }) =>
    session.patch(active ? 'user reactivate' : 'user deactivate', userTarget(id), [
      { op: 'replace', value: { active } },
    ]),
  async push(session, { displayName }, members) {
    const body = { schemas: [GROUP], displayName, members: [] };
    const { id } = (await findGroup(session, displayName)) ?? (await session.create('group create', '/Groups', body));
    await sendName(session, { id, displayName });
    const operation = { op: 'replace', path: 'members', value: toMembers(members) };
    await session.patch('group members', groupTarget(id), [operation]);
    return { id, mayHoldMore: false };
  },
  async changeMembers(session, { id, group }, { added, removed }) {
    await sendName(session, { id, displayName: group.displayName });
    await session.patch('group members', groupTarget(id), [
      ...removed.map((member) => ({ op: 'remove', path: `members[value eq "${member.id}"]` })),
      ...(added.length > 0 ? [{ op: 'add', path: 'members', value: toMembers(added) }] : []),
    ]);
  },
  rename: (session, { id, group }) => sendName(session, { id, displayName: group.displayName }),
  deleteGroup: (session, id) => session.remove('group delete', groupTarget(id)),
};
