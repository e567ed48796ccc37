/** PingFederate and PingOne: PUT for users and groups, `username` in filters, groups found by listing all, two primary addresses. */
import { GROUP, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, type Person } from '../person.ts';
import { filterBy, type GroupAccount, groupTarget, type Provider, userTarget } from '../provider.ts';
import type { Session } from '../session.ts';
import { createGroupList } from './group-list.ts';
import { namesOf, toUuid, workMail } from './shapes.ts';

const PAGE = 1000;

/** PingOne flags a second address primary too. */
const emailsOf = (person: Person) =>
  person.key % 5 === 0
    ? [workMail(person), { type: 'home', value: `home.${person.key}@example.org`, primary: true }]
    : [workMail(person)];

const toUser = (person: Person) => ({
  schemas: [USER],
  externalId: toUuid(person.uid),
  userName: person.userName,
  name: { givenName: person.givenName, familyName: person.familyName },
  displayName: displayNameOf(person),
  title: person.title,
  emails: emailsOf(person),
  active: person.active,
});

const put = async (
  conversation: Session,
  kind: 'user update' | 'user deactivate' | 'user reactivate',
  { id, person }: { id: string; person: Person },
): Promise<void> => {
  await conversation.replace(kind, userTarget(id), { ...toUser(person), id });
};

const putGroup = async (conversation: Session, kind: 'group update' | 'group members', account: GroupAccount) => {
  const { id, group, members } = account;
  await conversation.replace(kind, groupTarget(id), {
    schemas: [GROUP],
    id,
    displayName: group.displayName,
    members: members.map((member) => ({ value: member.id })),
  });
};

/** A smaller page than it asked for is fine. */
export const createPing = (
  findGroup = createGroupList((startIndex) => `/Groups?startIndex=${startIndex}&count=${PAGE}`),
): Provider => ({
  title: 'PingFederate',
  ...{ guests: false, managers: false, purges: false, renamesGroups: true, deletesGroups: false },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf: () => ({
    'User-Agent': 'Apache-HttpClient/4.5.13 (Java/17)',
    Accept: 'application/scim+json',
    'Content-Type': 'application/scim+json',
  }),
  async testConnection(conversation, { userName }) {
    await conversation.list('connection test', `/Users?${filterBy('username', userName)}`, { notFoundIsEmpty: true });
  },
  async assign(conversation, person) {
    const target = `/Users?${filterBy('username', person.userName)}`;
    const { Resources } = await conversation.list('user lookup', target, { notFoundIsEmpty: true });
    const [there] = Resources;
    if (there === undefined) return (await conversation.create('user create', '/Users', toUser(person))).id;
    await put(conversation, 'user update', { id: there.id, person });
    return there.id;
  },
  update: (conversation, account) => put(conversation, 'user update', account),
  setActive: (conversation, account) =>
    put(conversation, account.person.active ? 'user reactivate' : 'user deactivate', account),
  async push(conversation, group, members) {
    const there = await findGroup(conversation, group.displayName);
    const body = { schemas: [GROUP], displayName: group.displayName };
    const { id } = there ?? (await conversation.create('group create', '/Groups', body));
    await putGroup(conversation, 'group members', { id, group, members });
    return { id, mayHoldMore: false };
  },
  changeMembers: (conversation, account) => putGroup(conversation, 'group members', account),
  rename: (conversation, account) => putGroup(conversation, 'group update', account),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: toUuid(person.uid) },
  ],
});
