/** PingFederate and PingOne: PUT for users and groups, `username` in filters, groups found in a list, two primary emails. */
import { GROUP, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, type Person } from '../person.ts';
import { filterBy, type GroupAccount, groupTarget, type Provider, userTarget } from '../provider.ts';
import type { Session } from '../session.ts';
import { createGroupList } from './group-list.ts';
import { namesOf, toUuid, workMail } from './shapes.ts';

const PAGE = 1000;

/** PingOne marks a second address as primary too. */
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
  session: Session,
  kind: 'user update' | 'user deactivate' | 'user reactivate',
  { id, person }: { id: string; person: Person },
): Promise<void> => {
  await session.replace(kind, userTarget(id), { ...toUser(person), id });
};

const putGroup = async (session: Session, kind: 'group update' | 'group members', account: GroupAccount) => {
  const { id, group, members } = account;
  await session.replace(kind, groupTarget(id), {
    schemas: [GROUP],
    id,
    displayName: group.displayName,
    members: members.map((member) => ({ value: member.id })),
  });
};

/** PingFederate accepts smaller pages than it requested. */
export const createPing = (
  findGroup = createGroupList((startIndex) => `/Groups?startIndex=${startIndex}&count=${PAGE}`),
): Provider => ({
  title: 'PingFederate',
  ...{ guests: false, managers: false, deletesUsers: false, renamesGroups: true, deletesGroups: false },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf: () => ({
    'User-Agent': 'Apache-HttpClient/4.5.13 (Java/17)',
    Accept: 'application/scim+json',
    'Content-Type': 'application/scim+json',
  }),
  async testConnection(session, { userName }) {
    await session.list('connection test', `/Users?${filterBy('username', userName)}`, { notFoundIsEmpty: true });
  },
  async assign(session, person) {
    const target = `/Users?${filterBy('username', person.userName)}`;
    const { Resources } = await session.list('user lookup', target, { notFoundIsEmpty: true });
    const [existing] = Resources;
    if (existing === undefined) return (await session.create('user create', '/Users', toUser(person))).id;
    await put(session, 'user update', { id: existing.id, person });
    return existing.id;
  },
  update: (session, account) => put(session, 'user update', account),
  setActive: (session, account) => put(session, account.person.active ? 'user reactivate' : 'user deactivate', account),
  async push(session, group, members) {
    const existing = await findGroup(session, group.displayName);
    const body = { schemas: [GROUP], displayName: group.displayName };
    const { id } = existing ?? (await session.create('group create', '/Groups', body));
    await putGroup(session, 'group members', { id, group, members });
    return { id, mayHoldMore: false };
  },
  changeMembers: (session, account) => putGroup(session, 'group members', account),
  rename: (session, account) => putGroup(session, 'group update', account),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: toUuid(person.uid) },
  ],
});
