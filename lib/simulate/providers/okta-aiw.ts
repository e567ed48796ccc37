/** Okta's custom apps with SCIM enabled (AIW): PUT for users and for groups. */
import { GROUP } from '../../scim-client/scim-messages.ts';
import { type GroupAccount, groupTarget, type Provider } from '../provider.ts';
import type { Session } from '../session.ts';
import { findGroup, okta, putUser, toMembers } from './okta.ts';

const putGroup = async (session: Session, kind: 'group update' | 'group members', account: GroupAccount) => {
  const { id, group, members } = account;
  const target = groupTarget(id);
  await session.read('group read', target);
  const body = { schemas: [GROUP], id, displayName: group.displayName, members: toMembers(members) };
  await session.replace(kind, target, body);
};

export const oktaAiw: Provider = {
  ...okta,
  title: 'Okta, custom app (AIW)',
  setActive: (session, { id, person: { active } }) =>
    putUser(session, active ? 'user reactivate' : 'user deactivate', { id, values: { active } }),
  async push(session, group, members) {
    const body = { schemas: [GROUP], displayName: group.displayName, members: [] };
    const existing =
      (await findGroup(session, group.displayName)) ?? (await session.create('group create', '/Groups', body));
    await putGroup(session, 'group members', { id: existing.id, group, members });
    return { id: existing.id, mayHoldMore: false };
  },
  changeMembers: (session, account) => putGroup(session, 'group members', account),
  rename: (session, account) => putGroup(session, 'group update', account),
  deleteGroup: (session, id) => session.remove('group delete', groupTarget(id)),
};
