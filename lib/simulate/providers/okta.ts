/** Okta: what its custom apps (AIW) and its catalogue apps (OIN) do alike, which is everything about a user but its status. */
import { type Resource, USER } from '../../scim-client/scim-messages.ts';
import { displayNameOf, type Person } from '../person.ts';
import { filterBy, type Member, type Provider, userTarget } from '../provider.ts';
import type { Session, WireFormat } from '../session.ts';
import { namesOf, workMail } from './shapes.ts';

const PAGE = 'startIndex=1&count=100';

/** On every call; the probes of Test Connector alone come without Content-Type. */
const headersOf: WireFormat['headersOf'] = ({ kind }) => ({
  'User-Agent': 'Okta SCIM Client 1.0.0',
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  'Accept-Encoding': 'gzip',
  ...(kind === 'connection test' ? {} : { 'Content-Type': 'application/scim+json; charset=utf-8' }),
});

const externalIdOf = ({ uid }: Person): string => `00u${uid.slice(0, 17)}`;

/** The attributes of the profile, without the status. */
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
  // A placeholder that Okta makes up; the seed's, so that the same seed sends the same.
  password: `Pw-${person.uid.slice(20)}`,
  active: person.active,
});

/** All that GET returned, id, meta and groups too, with Okta's values merged in. */
export const putUser = async (
  conversation: Session,
  kind: 'user update' | 'user deactivate' | 'user reactivate',
  { id, values }: { id: string; values: object },
): Promise<void> => {
  const there = await conversation.read('user read', userTarget(id));
  await conversation.replace(kind, userTarget(id), { ...there, ...values });
};

export const findGroup = async (conversation: Session, displayName: string): Promise<Resource | undefined> => {
  const target = `/Groups?${filterBy('displayName', displayName)}&${PAGE}`;
  return (await conversation.list('group lookup', target, { notFoundIsEmpty: true })).Resources[0];
};

/** Without a type. */
export const toMembers = (members: readonly Member[]) =>
  members.map(({ id, userName }) => ({ value: id, display: userName }));

export const okta: Pick<
  Provider,
  | ('guests' | 'managers' | 'purges' | 'renamesGroups' | 'deletesGroups')
  | ('mediaTypes' | 'headersOf' | 'testConnection' | 'assign' | 'update' | 'expect')
> = {
  ...{ guests: false, managers: false, purges: false, renamesGroups: true, deletesGroups: true },
  mediaTypes: ['application/scim+json', 'application/json'],
  headersOf,
  async testConnection(conversation) {
    await conversation.list('connection test', '/Users?startIndex=1&count=2');
    await conversation.list('connection test', `/Groups?${PAGE}`);
  },
  async assign(conversation, person) {
    const target = `/Users?${filterBy('userName', person.userName)}&${PAGE}`;
    const { Resources } = await conversation.list('user lookup', target, { notFoundIsEmpty: true });
    const [there] = Resources;
    if (there === undefined) return (await conversation.create('user create', '/Users', toUser(person))).id;
    const values = { ...toProfile(person), active: person.active };
    await putUser(conversation, 'user update', { id: there.id, values });
    return there.id;
  },
  update: (conversation, { id, person }) => putUser(conversation, 'user update', { id, values: toProfile(person) }),
  expect: (person) => [
    ...namesOf(person),
    { path: ['title'], value: person.title },
    { path: ['externalId'], value: externalIdOf(person) },
  ],
};
