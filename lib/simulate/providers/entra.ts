/** Microsoft Entra ID without `aadOptscim062020`: capitalized ops, one operation per attribute, strings for booleans. */
import { ENTERPRISE, GROUP, PATCH_OP, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, mailOf, type Person } from '../person.ts';
import { filterBy, groupTarget, type Member, type Provider, userTarget } from '../provider.ts';
import type { Operation, Session } from '../session.ts';
import { changedOperations, memberBatches, namesOf, toUuid } from './shapes.ts';

const ADSCIM_GROUP = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
const WITHOUT_MEMBERS = 'excludedAttributes=members';

/** Entra ID maps mailNickname by default. */
const externalIdOf = ({ userName }: Person): string => userName.split('@', 1).join('');

/** A mapping by expression, Entra ID's default for `active`, sends a string. */
const activeInCreate = ({ key, active }: Person): boolean | string =>
  key % 4 === 0 ? (active ? 'True' : 'False') : active;

const toUser = (person: Person) => ({
  schemas: [USER, ENTERPRISE],
  externalId: externalIdOf(person),
  userName: person.userName,
  active: activeInCreate(person),
  displayName: displayNameOf(person),
  title: person.title,
  emails: [{ primary: true, type: 'work', value: mailOf(person) }],
  meta: { resourceType: 'User' },
  name: { formatted: displayNameOf(person), familyName: person.familyName, givenName: person.givenName },
  roles: [],
  [ENTERPRISE]: { department: person.department },
});

const toOperations = (person: Person): Operation[] => [
  { op: 'Replace', path: 'userName', value: person.userName },
  { op: 'Replace', path: 'externalId', value: externalIdOf(person) },
  { op: 'Replace', path: 'displayName', value: displayNameOf(person) },
  { op: 'Replace', path: 'title', value: person.title },
  { op: 'Replace', path: 'emails[type eq "work"].value', value: mailOf(person) },
  { op: 'Replace', path: 'name.formatted', value: displayNameOf(person) },
  { op: 'Replace', path: 'name.familyName', value: person.familyName },
  { op: 'Replace', path: 'name.givenName', value: person.givenName },
  { op: 'Add', path: `${ENTERPRISE}:department`, value: person.department },
];

const toActive = (active: boolean): Operation => ({ op: 'Replace', path: 'active', value: active ? 'True' : 'False' });

const toMembers = (members: readonly Member[]) => members.map(({ id }) => ({ $ref: null, value: id }));

const sendMembers = async (session: Session, id: string, change: { op: string; members: readonly Member[] }) => {
  for (const batch of memberBatches(change.members)) {
    const operation = { op: change.op, path: 'members', value: toMembers(batch) };
    await session.patch('group members', groupTarget(id), [operation]);
  }
};

const readGroup = (session: Session, id: string) => session.read('group read', `${groupTarget(id)}?${WITHOUT_MEMBERS}`);

export const entra: Provider = {
  title: 'Microsoft Entra ID',
  ...{ guests: true, managers: true, deletesUsers: true, renamesGroups: true, deletesGroups: true },
  mediaTypes: ['application/scim+json'],
  headersOf: ({ method }) => ({
    Accept: 'application/scim+json',
    ...(method === 'GET' || method === 'DELETE' ? {} : { 'Content-Type': 'application/scim+json; charset=utf-8' }),
  }),
  toPatchOp: (operations) => ({ Operations: operations, schemas: [PATCH_OP] }),
  async testConnection(session, { uid }) {
    await session.list('connection test', `/Users?${filterBy('userName', toUuid(uid), '+')}`);
  },
  async assign(session, person) {
    const { Resources } = await session.list('user lookup', `/Users?${filterBy('userName', person.userName, '+')}`);
    const [existing] = Resources;
    if (existing === undefined) return (await session.create('user create', '/Users', toUser(person))).id;
    const operations = [...toOperations(person), toActive(person.active)];
    await session.patch('user update', userTarget(existing.id), operations);
    return existing.id;
  },
  update: (session, { id, person }, before) =>
    session.patch('user update', userTarget(id), changedOperations(toOperations(person), toOperations(before))),
  setActive: (session, { id, person }) =>
    session.patch(person.active ? 'user reactivate' : 'user deactivate', userTarget(id), [toActive(person.active)]),
  setManager: (session, { id }, manager) =>
    session.patch('user update', userTarget(id), [{ op: 'Add', path: `${ENTERPRISE}:manager`, value: manager }]),
  deleteUser: (session, id) => session.remove('user delete', userTarget(id)),
  async push(session, group, members) {
    const target = `/Groups?${WITHOUT_MEMBERS}&${filterBy('displayName', group.displayName, '+')}`;
    const { Resources } = await session.list('group lookup', target);
    const body = {
      schemas: [GROUP, ADSCIM_GROUP],
      externalId: toUuid(group.uid),
      displayName: group.displayName,
      meta: { resourceType: 'Group' },
    };
    const { id } = Resources[0] ?? (await session.create('group create', '/Groups', body));
    await sendMembers(session, id, { op: 'Add', members });
    return { id, mayHoldMore: Resources.length > 0 };
  },
  async changeMembers(session, { id }, { added, removed }) {
    await readGroup(session, id);
    await sendMembers(session, id, { op: 'Add', members: added });
    await sendMembers(session, id, { op: 'Remove', members: removed });
  },
  async rename(session, { id, group }) {
    await readGroup(session, id);
    const operation = { op: 'Replace', path: 'displayName', value: group.displayName };
    await session.patch('group update', groupTarget(id), [operation]);
  },
  deleteGroup: (session, id) => session.remove('group delete', groupTarget(id)),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: externalIdOf(person) },
    { path: [ENTERPRISE, 'department'], value: person.department },
  ],
};
