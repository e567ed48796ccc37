/** OneLogin: a JSON template with nulls, PUT with pre-RFC URNs, one member per PATCH; no User-Agent, no Accept. */
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
  // Some vendors' templates quote the macro, which sends a string.
  active: person.key % 4 === 0 ? String(person.active) : person.active,
  title: person.title,
  nickName: null,
  [ENTERPRISE]: { department: person.department, manager: { value: null, displayName: null } },
});

const put = async (
  session: Session,
  kind: 'user update' | 'user deactivate' | 'user reactivate',
  { id, person }: { id: string; person: Person },
): Promise<void> => {
  await session.replace(kind, `${userTarget(id)}?`, { ...toUser(person), schemas: PUT_SCHEMAS, id });
};

const addMembers = async (session: Session, id: string, members: readonly Member[]): Promise<void> => {
  for (const member of members)
    await session.patch('group members', groupTarget(id), [
      { op: 'add', path: 'members', value: [{ value: member.id }] },
    ]);
};

/** OneLogin's rules choose groups from a list that it reads once. */
export const createOneLogin = (
  findGroup = createGroupList((startIndex) => (startIndex === 1 ? '/Groups' : `/Groups?startIndex=${startIndex}`)),
): Provider => ({
  title: 'OneLogin',
  ...{ guests: false, managers: false, deletesUsers: false, renamesGroups: false, deletesGroups: false },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf: ({ method }): Record<string, string> =>
    method === 'GET' || method === 'DELETE' ? {} : { 'Content-Type': 'application/scim+json' },
  async testConnection(session, { userName }) {
    const target = `/Users?${filterBy('userName', userName, '+')}&`;
    await session.list('connection test', target, { notFoundIsEmpty: true });
  },
  async assign(session, person) {
    const target = `/Users?${filterBy('userName', person.userName, '+')}&`;
    const { Resources } = await session.list('user lookup', target, { notFoundIsEmpty: true });
    const [existing] = Resources;
    if (existing === undefined) return (await session.create('user create', '/Users', toUser(person))).id;
    await put(session, 'user update', { id: existing.id, person });
    return existing.id;
  },
  update: (session, account) => put(session, 'user update', account),
  setActive: (session, account) => put(session, account.person.active ? 'user reactivate' : 'user deactivate', account),
  async push(session, { displayName }, members) {
    const existing = await findGroup(session, displayName);
    const body = { schemas: [GROUP], displayName };
    const { id } = existing ?? (await session.create('group create', '/Groups', body));
    await addMembers(session, id, members);
    return { id, mayHoldMore: existing !== undefined };
  },
  async changeMembers(session, { id }, { added, removed }) {
    await addMembers(session, id, added);
    for (const member of removed)
      await session.patch('group members', groupTarget(id), [
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
