/** JumpCloud: a test user and group at activation; PATCH with one operation for each attribute, always with a path; no extension. */
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

const sendMembers = async (conversation: Session, id: string, change: { op: string; members: readonly Member[] }) => {
  for (const batch of memberBatches(change.members)) {
    const value = batch.map((member) => ({ value: member.id }));
    await conversation.patch('group members', groupTarget(id), [{ op: change.op, path: 'members', value }]);
  }
};

const tester = ({ userName, uid }: { userName: string; uid: string }): Person => ({
  ...{ key: 0, uid, userName, givenName: 'JumpCloud', familyName: 'Test', title: 'Test' },
  ...{ department: '', active: true },
});

/** All of it is deleted again, also when a step fails. */
const activate = async (conversation: Session, person: Person): Promise<void> => {
  const { id } = await conversation.create('connection test', '/Users', toUser(person));
  try {
    await conversation.replace('connection test', userTarget(id), {
      ...toUser(person),
      displayName: 'JumpCloud Test 2',
    });
    await conversation.list('connection test', '/Groups?count=1');
    const body = { schemas: [GROUP], displayName: `jumpcloud-test-${person.uid}` };
    const group = await conversation.create('connection test', '/Groups', body);
    const operation = { op: 'add', path: 'members', value: [{ value: id }] };
    try {
      await conversation.patch('connection test', groupTarget(group.id), [operation]);
    } finally {
      await conversation.remove('connection test', groupTarget(group.id));
    }
  } finally {
    await conversation.remove('connection test', userTarget(id));
  }
};

export const createJumpCloud = (
  findGroup = createGroupList((startIndex) => (startIndex === 1 ? '/Groups' : `/Groups?startIndex=${startIndex}`)),
): Provider => ({
  title: 'JumpCloud',
  ...{ guests: false, managers: false, purges: false, renamesGroups: true, deletesGroups: true },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf: () => ({ Accept: 'application/json, application/scim+json', 'Content-Type': 'application/json' }),
  async testConnection(conversation, unknown) {
    await conversation.list('connection test', '/Users?count=1');
    const target = `/Users?${filterBy('userName', unknown.userName)}`;
    await conversation.list('connection test', target, { notFoundIsEmpty: true });
    await activate(conversation, tester(unknown));
  },
  async assign(conversation, person) {
    const target = `/Users?${filterBy('userName', person.userName)}`;
    const { Resources } = await conversation.list('user lookup', target, { notFoundIsEmpty: true });
    const [there] = Resources;
    if (there === undefined) return (await conversation.create('user create', '/Users', toUser(person))).id;
    await conversation.patch('user update', userTarget(there.id), toOperations(person));
    return there.id;
  },
  update: (conversation, { id, person }, before) =>
    conversation.patch('user update', userTarget(id), changedOperations(toOperations(person), toOperations(before))),
  setActive: (conversation, { id, person: { active } }) =>
    conversation.patch(active ? 'user reactivate' : 'user deactivate', userTarget(id), [
      { op: 'replace', path: 'active', value: active },
    ]),
  async push(conversation, { displayName }, members) {
    const there = await findGroup(conversation, displayName);
    const body = { schemas: [GROUP], displayName };
    const { id } = there ?? (await conversation.create('group create', '/Groups', body));
    await sendMembers(conversation, id, { op: 'add', members });
    return { id, mayHoldMore: there !== undefined };
  },
  async changeMembers(conversation, { id }, { added, removed }) {
    await sendMembers(conversation, id, { op: 'add', members: added });
    await sendMembers(conversation, id, { op: 'remove', members: removed });
  },
  // How it renames is not documented: by the form that it uses for users.
  rename: (conversation, { id, group }) =>
    conversation.patch('group update', groupTarget(id), [
      { op: 'replace', path: 'displayName', value: group.displayName },
    ]),
  dissolve: (conversation, id) => conversation.remove('group delete', groupTarget(id)),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: externalIdOf(person) },
  ],
});
