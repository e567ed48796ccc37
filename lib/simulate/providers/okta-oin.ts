/** Okta's catalogue apps (OIN): PUT for profiles, PATCH for the status and for groups. */
import { GROUP } from '../../scim-client/scim-messages.ts';
import { groupTarget, type Provider, userTarget } from '../provider.ts';
import type { Session } from '../session.ts';
import { findGroup, okta, toMembers } from './okta.ts';

/** Before each change of members too, even when the name is the same. */
const sendName = (conversation: Session, { id, displayName }: { id: string; displayName: string }) =>
  conversation.patch('group update', groupTarget(id), [{ op: 'replace', value: { id, displayName } }]);

export const oktaOin: Provider = {
  ...okta,
  title: 'Okta, catalogue app (OIN)',
  setActive: (conversation, { id, person: { active } }) =>
    conversation.patch(active ? 'user reactivate' : 'user deactivate', userTarget(id), [
      { op: 'replace', value: { active } },
    ]),
  async push(conversation, { displayName }, members) {
    const body = { schemas: [GROUP], displayName, members: [] };
    const { id } =
      (await findGroup(conversation, displayName)) ?? (await conversation.create('group create', '/Groups', body));
    await sendName(conversation, { id, displayName });
    const operation = { op: 'replace', path: 'members', value: toMembers(members) };
    await conversation.patch('group members', groupTarget(id), [operation]);
    return { id, mayHoldMore: false };
  },
  async changeMembers(conversation, { id, group }, { added, removed }) {
    await sendName(conversation, { id, displayName: group.displayName });
    await conversation.patch('group members', groupTarget(id), [
      ...removed.map((member) => ({ op: 'remove', path: `members[value eq "${member.id}"]` })),
      ...(added.length > 0 ? [{ op: 'add', path: 'members', value: toMembers(added) }] : []),
    ]);
  },
  rename: (conversation, { id, group }) => sendName(conversation, { id, displayName: group.displayName }),
  dissolve: (conversation, id) => conversation.remove('group delete', groupTarget(id)),
};
