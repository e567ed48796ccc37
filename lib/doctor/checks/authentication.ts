/** Checks of authentication (RFC 7644 section 2). */
import { at, elementsOf } from '../../scim-client/json-value.ts';
import type { Check } from '../check.ts';
import { expectError, expectScimJson, expectStatus } from '../expect.ts';

const WRONG = 'Bearer wrong-token-of-scim-doctor';

export const authentication: readonly Check[] = [
  {
    id: 'authentication.accepted',
    title: 'the token is accepted',
    source: 'RFC 7644 section 2',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const response = await ask('GET', '/Users?startIndex=1&count=1');
      // Some servers return 404 for an empty directory, which another check covers.
      const isScim = elementsOf(at(response.json, 'schemas')).length > 0;
      if (response.status !== 404 || !isScim) expectStatus(response, 200);
      return String(response.status);
    },
  },
  {
    id: 'authentication.missing',
    title: 'a request without a token is 401',
    source: 'RFC 7644 section 3.12; Okta SPEC test 11',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      expectStatus(await ask('GET', '/Users', { authorization: null }), 401);
      return '401';
    },
  },
  {
    id: 'authentication.wrong',
    title: 'a wrong token is 401, not 403',
    source: 'RFC 7644 section 3.12; Okta SPEC test 11',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      expectStatus(await ask('GET', '/Users', { authorization: WRONG }), 401);
      return '401';
    },
  },
  {
    id: 'authentication.error-body',
    title: '401 has a SCIM error as its body',
    source: 'RFC 7644 section 3.12; Okta SPEC test 11',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const response = await ask('GET', '/Users', { authorization: WRONG });
      expectError(response, 401);
      expectScimJson(response);
      return 'the Error schema, status "401"';
    },
  },
];
