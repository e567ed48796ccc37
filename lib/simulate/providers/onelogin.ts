/** OneLogin: a JSON template with nulls, PUT with URNs older than the RFC, one member to a PATCH; no User-Agent, no Accept. */
import { ENTERPRISE, GROUP, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, type Person } from '../person.ts';
import { filterBy, groupTarget, type Member, type Provider, userTarget } from '../provider.ts';
import type { Session } from '../session.ts';
import { createGroupList } from './group-list.ts';
import { namesOf, workMail } from './shapes.ts';

const PUT_SCHEMAS = ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'];

const externalIdOf = ({ uid }: Person): string => String(Number.parseInt(uid.slice(0, 7), 16));

const toUser = (person: Person) => ({
  schemas: [USER, ENTERPRISE],
  id: null,
  externalId: externalIdOf(person),
  meta: { resourceType: 'User', created: null, lastModified: null },
  userName: person.userName,
  name: { givenName: person.givenName, familyName: person.familyName, formatted: displayNameOf(person) },
  displayName: displayNameOf(person),
  emails: [workMail(person)],
  // The templates of some vendors quote the macro, which makes a string of it.
  active: person.key % 4 === 0 ? String(person.active) : person.active,
  title: person.title,
  nickName: null,
  [ENTERPRISE]: { department: person.department, manager: { value: null, displayName: null } },
});

const put = async (
  conversation: Session,
  kind: 'user update' | 'user deactivate' | 'user reactivate',
  { id, person }: { id: string; person: Person },
): Promise<void> => {
  await conversation.replace(kind, `${userTarget(id)}?`, { ...toUser(person), schemas: PUT_SCHEMAS, id });
};

const addMembers = async (conversation: Session, id: string, members: readonly Member[]): Promise<void> => {
  for (const member of members)
    await conversation.patch('group members', groupTarget(id), [
      { op: 'add', path: 'members', value: [{ value: member.id }] },
    ]);
};

/** The first listing is what its rules choose groups from. */
export const createOneLogin = (
  findGroup = createGroupList((startIndex) => (startIndex === 1 ? '/Groups' : `/Groups?startIndex=${startIndex}`)),
): Provider => ({
  title: 'OneLogin',
  ...{ guests: false, managers: false, purges: false, renamesGroups: false, deletesGroups: false },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf: ({ method }): Record<string, string> =>
    method === 'GET' || method === 'DELETE' ? {} : { 'Content-Type': 'application/scim+json' },
  async testConnection(conversation, { userName }) {
    const target = `/Users?${filterBy('userName', userName, '+')}&`;
    await conversation.list('connection test', target, { notFoundIsEmpty: true });
  },
  async assign(conversation, person) {
    const target = `/Users?${filterBy('userName', person.userName, '+')}&`;
    const { Resources } = await conversation.list('user lookup', target, { notFoundIsEmpty: true });
    const [there] = Resources;
    if (there === undefined) return (await conversation.create('user create', '/Users', toUser(person))).id;
    await put(conversation, 'user update', { id: there.id, person });
    return there.id;
  },
  update: (conversation, account) => put(conversation, 'user update', account),
  setActive: (conversation, account) =>
    put(conversation, account.person.active ? 'user reactivate' : 'user deactivate', account),
  async push(conversation, { displayName }, members) {
    const there = await findGroup(conversation, displayName);
    const body = { schemas: [GROUP], displayName };
    const { id } = there ?? (await conversation.create('group create', '/Groups', body));
    await addMembers(conversation, id, members);
    return { id, mayHoldMore: there !== undefined };
  },
  async changeMembers(conversation, { id }, { added, removed }) {
    await addMembers(conversation, id, added);
    for (const member of removed)
      await conversation.patch('group members', groupTarget(id), [
        { op: 'remove', path: `members[value eq "${member.id}"]` },
      ]);
  },
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: externalIdOf(person) },
    { path: [ENTERPRISE, 'department'], value: person.department },
  ],
});
