/** Okta: the behavior shared by custom apps (AIW) and catalog apps (OIN), which is all of a user except its status. */
import { type Resource, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, type Person } from '../person.ts';
import { filterBy, type Member, type Provider, userTarget } from '../provider.ts';
import type { Session, WireFormat } from '../session.ts';
import { namesOf, workMail } from './shapes.ts';

const PAGE = 'startIndex=1&count=100';

/** Sent on every request. Only Test Connector omits Content-Type. */
const headersOf: WireFormat['headersOf'] = ({ kind }) => ({
  'User-Agent': 'Okta SCIM Client 1.0.0',
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  'Accept-Encoding': 'gzip',
  ...(kind === 'connection test' ? {} : { 'Content-Type': 'application/scim+json; charset=utf-8' }),
});

const externalIdOf = ({ uid }: Person): string => `00u${uid.slice(0, 17)}`;

/** The profile attributes, without the status. */
const toProfile = (person: Person) => ({
  userName: person.userName,
  name: { givenName: person.givenName, familyName: person.familyName },
  emails: [workMail(person)],
  displayName: displayNameOf(person),
  title: person.title,
  locale: 'en-US',
  externalId: externalIdOf(person),
});

const toUser = (person: Person) => ({
  schemas: [USER],
  ...toProfile(person),
  groups: [],
  // Okta generates a placeholder; derived from the seed here, so that the same seed sends the same requests.
  password: `Pw-${person.uid.slice(20)}`,
  active: person.active,
});

/** PUTs everything GET returned, including id, meta and groups, with Okta's values merged in. */
export const putUser = async (
  session: Session,
  kind: 'user update' | 'user deactivate' | 'user reactivate',
  { id, values }: { id: string; values: object },
): Promise<void> => {
  const existing = await session.read('user read', userTarget(id));
  await session.replace(kind, userTarget(id), { ...existing, ...values });
};

export const findGroup = async (session: Session, displayName: string): Promise<Resource | undefined> => {
  const target = `/Groups?${filterBy('displayName', displayName)}&${PAGE}`;
  return (await session.list('group lookup', target, { notFoundIsEmpty: true })).Resources[0];
};

/** Members without `type`. */
export const toMembers = (members: readonly Member[]) =>
  members.map(({ id, userName }) => ({ value: id, display: userName }));

export const okta: Pick<
  Provider,
  | ('guests' | 'managers' | 'deletesUsers' | 'renamesGroups' | 'deletesGroups')
  | ('mediaTypes' | 'headersOf' | 'testConnection' | 'assign' | 'update' | 'expect')
> = {
  ...{ guests: false, managers: false, deletesUsers: false, renamesGroups: true, deletesGroups: true },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf,
  async testConnection(session) {
    await session.list('connection test', '/Users?startIndex=1&count=2');
    await session.list('connection test', `/Groups?${PAGE}`);
  },
  async assign(session, person) {
    const target = `/Users?${filterBy('userName', person.userName)}&${PAGE}`;
    const { Resources } = await session.list('user lookup', target, { notFoundIsEmpty: true });
    const [existing] = Resources;
    if (existing === undefined) return (await session.create('user create', '/Users', toUser(person))).id;
    const values = { ...toProfile(person), active: person.active };
    await putUser(session, 'user update', { id: existing.id, values });
    return existing.id;
  },
  update: (session, { id, person }) => putUser(session, 'user update', { id, values: toProfile(person) }),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: externalIdOf(person) },
  ],
};
