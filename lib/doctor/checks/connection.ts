/** The connection tests of the identity providers. */
import { randomUUID } from 'node:crypto';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectList, expectNone, expectScimJson } from '../expect.ts';

export const connection: readonly Check[] = [
  {
    id: 'connection.okta',
    title: 'Test Connector: a page of two users, without Content-Type',
    source: 'Okta, Test Connector Configuration',
    grade: 'must',
    audience: ['okta'],
    async run({ ask }) {
      const response = await ask('GET', '/Users?startIndex=1&count=2', {
        headers: { 'User-Agent': 'Okta SCIM Client 1.0.0' },
      });
      const { Resources, totalResults } = expectList(response);
      if (Resources.length > 2)
        throw new CheckFailed(`${response.requestLine} returned ${Resources.length} users, expected at most 2`);
      return `${Resources.length} of ${totalResults} users`;
    },
  },
  {
    id: 'connection.okta-groups',
    title: 'Test Connector: a page of groups',
    source: 'Okta, Test Connector Configuration with group import',
    grade: 'must',
    audience: ['okta'],
    async run({ ask }) {
      const response = await ask('GET', '/Groups?startIndex=1&count=100', {
        headers: { 'User-Agent': 'Okta SCIM Client 1.0.0' },
      });
      return `${expectList(response).totalResults} groups`;
    },
  },
  {
    id: 'connection.entra',
    title: 'Test Connection: a filter without a match returns 200 and an empty list, not 404',
    source: 'Entra ID, Test Connection; RFC 7644 section 3.4.2',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      expectNone(await ask('GET', `/Users?filter=userName+eq+%22${randomUUID()}%22`));
      return '200, totalResults 0';
    },
  },
  {
    id: 'connection.entra-external-id',
    title: 'a filter by externalId without a match returns 200 and an empty list',
    source: 'Entra ID, provision on demand',
    grade: 'must',
    audience: ['entra'],
    async run({ ask }) {
      expectNone(await ask('GET', `/Users?filter=externalId+eq+%22${randomUUID()}%22`));
      return '200, totalResults 0';
    },
  },
  {
    id: 'connection.media-type',
    title: 'responses are application/scim+json',
    source: 'RFC 7644 section 3.1; required by Entra ID',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      expectScimJson(await ask('GET', '/Users?startIndex=1&count=1'));
      return 'application/scim+json';
    },
  },
];
