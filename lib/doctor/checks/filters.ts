/** Checks of filters (RFC 7644 section 3.4.2.2) as identity providers send them. */
import type { Resource } from '../../scim-client/scim-messages.ts';
import type { Audience, Check, Grade } from '../check.ts';
import type { CheckContext } from '../check-context.ts';
import { expectError, expectOne } from '../expect.ts';

const RFC = 'RFC 7644 section 3.4.2.2';

/** A user and a filter that must find it. */
type Lookup = {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly grade?: Grade;
  readonly audience?: readonly Audience[];
  readonly more?: (context: CheckContext) => object;
  /** The query, percent-encoded as sent. */
  readonly query: (user: Resource) => string;
};

const encoded = (filter: string): string => `filter=${encodeURIComponent(filter)}`;
const quoted = (value: unknown): string => JSON.stringify(String(value));

const lookups: readonly Lookup[] = [
  {
    id: 'filter.user-name',
    title: 'userName eq finds a user immediately after POST',
    source: `${RFC}; every provider's lookup`,
    query: ({ userName }) => encoded(`userName eq ${quoted(userName)}`),
  },
  {
    id: 'filter.case-of-value',
    title: 'userName is compared case-insensitively',
    source: 'RFC 7643 section 4.1.1; Entra SCIM validator 5',
    query: ({ userName }) => encoded(`userName eq ${quoted(String(userName).toUpperCase())}`),
  },
  {
    id: 'filter.case-of-names',
    title: 'attribute names and operators are case-insensitive',
    source: `${RFC}; PingFederate sends username`,
    query: ({ userName }) => encoded(`USERNAME Eq ${quoted(userName)}`),
  },
  {
    id: 'filter.plus',
    title: 'a plus sign in the query means a space',
    source: 'WHATWG URL, form encoding; Entra ID and OneLogin',
    query: ({ userName }) => `filter=userName+eq+${encodeURIComponent(quoted(userName))}&`,
  },
  {
    id: 'filter.external-id',
    title: 'externalId eq',
    source: `${RFC}; Entra ID, requirements`,
    more: ({ name }) => ({ externalId: name() }),
    query: ({ externalId }) => encoded(`externalId eq ${quoted(externalId)}`),
  },
  {
    id: 'filter.work-email',
    title: 'emails[type eq "work"].value eq',
    source: 'Entra ID, requirements: lookup by work email',
    audience: ['entra'],
    more: ({ name }) => ({ emails: [{ type: 'work', value: `${name()}@example.com` }] }),
    query: ({ emails }) =>
      encoded(`emails[type eq "work"].value eq ${quoted((emails as readonly { value: string }[])[0]?.value)}`),
  },
  {
    id: 'filter.value-path',
    title: 'emails[type eq "work" and value eq ...]',
    source: RFC,
    more: ({ name }) => ({ emails: [{ type: 'work', value: `${name()}@example.com` }] }),
    query: ({ emails }) =>
      encoded(`emails[type eq "work" and value eq ${quoted((emails as readonly { value: string }[])[0]?.value)}]`),
  },
  {
    id: 'filter.and',
    title: 'two conditions joined by and',
    source: `${RFC}; Entra ID`,
    query: ({ userName }) => encoded(`userName eq ${quoted(userName)} and active eq true`),
  },
  {
    id: 'filter.guest',
    title: "a name with # and ' in it",
    source: 'Entra ID, guest accounts (#EXT#)',
    more: ({ name }) => ({ userName: `${name()}_o'neill.com#EXT#@example.com` }),
    query: ({ userName }) => encoded(`userName eq ${quoted(userName)}`),
  },
  {
    id: 'filter.quote',
    title: 'a name with " in it, escaped as in JSON',
    source: RFC,
    more: ({ name }) => ({ userName: `${name()} "ann" \\ b` }),
    query: ({ userName }) => encoded(`userName eq ${quoted(userName)}`),
  },
  {
    id: 'filter.accents',
    title: 'a name beyond ASCII',
    source: 'RFC 7643 section 2.3.1',
    more: ({ name }) => ({ userName: `${name()}-zoë@example.com` }),
    query: ({ userName }) => encoded(`userName eq ${quoted(userName)}`),
  },
  {
    id: 'filter.starts-with',
    title: 'userName sw',
    source: RFC,
    grade: 'should',
    query: ({ userName }) => encoded(`userName sw ${quoted(userName)}`),
  },
];

export const filters: readonly Check[] = [
  ...lookups.map(
    ({ id, title, source, grade = 'must', audience = ['rfc'], more, query }): Check => ({
      ...{ id, title, source, grade, audience },
      async run(context) {
        const user = await context.createUser(more?.(context) ?? {});
        expectOne(await context.ask('GET', `/Users?${query(user)}`), user.id);
        return 'found, and no other user';
      },
    }),
  ),
  {
    id: 'filter.invalid',
    title: 'an invalid filter returns 400 invalidFilter',
    source: 'RFC 7644 section 3.12',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      expectError(await ask('GET', `/Users?${encoded('userName eq')}`), 400, 'invalidFilter');
      return '400 invalidFilter';
    },
  },
];
