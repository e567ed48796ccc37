/** JumpCloud: a test user and group at activation; PATCH with one operation per attribute and a path; no extension. */
import { GROUP, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, mailOf, type Person } from '../person.ts';
import { filterBy, groupTarget, type Member, type Provider, userTarget } from '../provider.ts';
import type { Operation, Session } from '../session.ts';
import { createGroupList } from './group-list.ts';
import { changedOperations, memberBatches, namesOf, workMail } from './shapes.ts';

const externalIdOf = ({ uid }: Pick<Person, 'uid'>): string => uid.slice(0, 24);

const toNames = (person: Person) => ({
  givenName: person.givenName,
  familyName: person.familyName,
  formatted: displayNameOf(person),
});

const toUser = (person: Person) => ({
  schemas: [USER],
  userName: person.userName,
  externalId: externalIdOf(person),
  displayName: displayNameOf(person),
  title: person.title,
  name: toNames(person),
  emails: [workMail(person)],
  active: person.active,
});

const toOperations = (person: Person): Operation[] => [
  { op: 'replace', path: 'userName', value: person.userName },
  { op: 'replace', path: 'name.givenName', value: person.givenName },
  { op: 'replace', path: 'name.familyName', value: person.familyName },
  { op: 'replace', path: 'displayName', value: displayNameOf(person) },
  { op: 'replace', path: 'title', value: person.title },
  { op: 'replace', path: 'emails', value: [{ value: mailOf(person), type: 'work', primary: true }] },
  { op: 'replace', path: 'active', value: person.active },
  { op: 'replace', path: 'externalId', value: externalIdOf(person) },
];

const sendMembers = async (session: Session, id: string, change: { op: string; members: readonly Member[] }) => {
  for (const batch of memberBatches(change.members)) {
    const value = batch.map((member) => ({ value: member.id }));
    await session.patch('group members', groupTarget(id), [{ op: change.op, path: 'members', value }]);
  }
};

const toTestPerson = ({ userName, uid }: { userName: string; uid: string }): Person => ({
  ...{ key: 0, uid, userName, givenName: 'JumpCloud', familyName: 'Test', title: 'Test' },
  ...{ department: '', active: true },
});

/** Creates a test user and group, and deletes both even if a step fails. */
const activate = async (session: Session, person: Person): Promise<void> => {
  const { id } = await session.create('connection test', '/Users', toUser(person));
  try {
    await session.replace('connection test', userTarget(id), {
      ...toUser(person),
      displayName: 'JumpCloud Test 2',
    });
    await session.list('connection test', '/Groups?count=1');
    const body = { schemas: [GROUP], displayName: `jumpcloud-test-${person.uid}` };
    const group = await session.create('connection test', '/Groups', body);
    const operation = { op: 'add', path: 'members', value: [{ value: id }] };
    try {
      await session.patch('connection test', groupTarget(group.id), [operation]);
    } finally {
      await session.remove('connection test', groupTarget(group.id));
    }
  } finally {
    await session.remove('connection test', userTarget(id));
  }
};

export const createJumpCloud = (
  findGroup = createGroupList((startIndex) => (startIndex === 1 ? '/Groups' : `/Groups?startIndex=${startIndex}`)),
): Provider => ({
  title: 'JumpCloud',
  ...{ guests: false, managers: false, deletesUsers: false, renamesGroups: true, deletesGroups: true },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf: () => ({ Accept: 'application/json, application/scim+json', 'Content-Type': 'application/json' }),
  async testConnection(session, unknown) {
    await session.list('connection test', '/Users?count=1');
    const target = `/Users?${filterBy('userName', unknown.userName)}`;
    await session.list('connection test', target, { notFoundIsEmpty: true });
    await activate(session, toTestPerson(unknown));
  },
  async assign(session, person) {
    const target = `/Users?${filterBy('userName', person.userName)}`;
    const { Resources } = await session.list('user lookup', target, { notFoundIsEmpty: true });
    const [existing] = Resources;
    if (existing === undefined) return (await session.create('user create', '/Users', toUser(person))).id;
    await session.patch('user update', userTarget(existing.id), toOperations(person));
    return existing.id;
  },
  update: (session, { id, person }, before) =>
    session.patch('user update', userTarget(id), changedOperations(toOperations(person), toOperations(before))),
  setActive: (session, { id, person: { active } }) =>
    session.patch(active ? 'user reactivate' : 'user deactivate', userTarget(id), [
      { op: 'replace', path: 'active', value: active },
    ]),
  async push(session, { displayName }, members) {
    const existing = await findGroup(session, displayName);
    const body = { schemas: [GROUP], displayName };
    const { id } = existing ?? (await session.create('group create', '/Groups', body));
    await sendMembers(session, id, { op: 'add', members });
    return { id, mayHoldMore: existing !== undefined };
  },
  async changeMembers(session, { id }, { added, removed }) {
    await sendMembers(session, id, { op: 'add', members: added });
    await sendMembers(session, id, { op: 'remove', members: removed });
  },
  // JumpCloud does not document how it renames a group; this is the form it uses for users.
  rename: (session, { id, group }) =>
    session.patch('group update', groupTarget(id), [{ op: 'replace', path: 'displayName', value: group.displayName }]),
  deleteGroup: (session, id) => session.remove('group delete', groupTarget(id)),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: externalIdOf(person) },
  ],
});
