/** Okta's custom apps with SCIM turned on: PUT for users and for groups. */
import { GROUP } from '../../scim-client/scim-messages.ts';
import { type GroupAccount, groupTarget, type Provider } from '../provider.ts';
import type { Session } from '../session.ts';
import { findGroup, okta, putUser, toMembers } from './okta.ts';

const putGroup = async (conversation: Session, kind: 'group update' | 'group members', account: GroupAccount) => {
  const { id, group, members } = account;
  const target = groupTarget(id);
  await conversation.read('group read', target);
  const body = { schemas: [GROUP], id, displayName: group.displayName, members: toMembers(members) };
  await conversation.replace(kind, target, body);
};

export const oktaAiw: Provider = {
  ...okta,
  title: 'Okta, custom app (AIW)',
  setActive: (conversation, { id, person: { active } }) =>
    putUser(conversation, active ? 'user reactivate' : 'user deactivate', { id, values: { active } }),
  async push(conversation, group, members) {
    const body = { schemas: [GROUP], displayName: group.displayName, members: [] };
    const there =
      (await findGroup(conversation, group.displayName)) ??
      (await conversation.create('group create', '/Groups', body));
    await putGroup(conversation, 'group members', { id: there.id, group, members });
    return { id: there.id, mayHoldMore: false };
  },
  changeMembers: (conversation, account) => putGroup(conversation, 'group members', account),
  rename: (conversation, account) => putGroup(conversation, 'group update', account),
  dissolve: (conversation, id) => conversation.remove('group delete', groupTarget(id)),
};
