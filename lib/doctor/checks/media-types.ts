/** Checks of media types and of bodies that cannot be understood (RFC 7644 sections 3.8, 3.12). */
import { USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectError, expectResource, expectStatus, sayAnswer } from '../expect.ts';

export const messages: readonly Check[] = [
  {
    id: 'message.application-json',
    title: 'a body of application/json is taken too',
    source: 'RFC 7644 section 3.8; Okta SPEC test 06, JumpCloud',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const headers = { 'Content-Type': 'application/json', Accept: 'application/scim+json; charset=utf-8' };
      expectResource(await ask('POST', '/Users', { headers, body: { schemas: [USER], userName: name() } }), 201);
      return '201';
    },
  },
  {
    id: 'message.content-type-without-body',
    title: 'a Content-Type on GET does no harm',
    source: 'Okta sends it on every call',
    grade: 'must',
    audience: ['okta'],
    async run({ ask }) {
      const headers = { 'Content-Type': 'application/scim+json; charset=utf-8', 'Accept-Charset': 'utf-8' };
      expectStatus(await ask('GET', '/Users?startIndex=1&count=1', { headers }), 200);
      return '200';
    },
  },
  {
    id: 'message.syntax',
    title: 'a body that is no JSON is 400',
    source: 'RFC 7644 section 3.12',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const seen = await ask('POST', '/Users', { body: '{"userName":' });
      expectError(seen, 400);
      return sayAnswer(seen);
    },
  },
  {
    id: 'message.unknown-attribute',
    title: 'an attribute that the schema does not have is no server error',
    source: 'RFC 7644 section 3.12; custom mappings of every provider',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [USER], userName: name(), doctorSaysHello: 'x' };
      const seen = await ask('POST', '/Users', { body });
      if (seen.status !== 201 && seen.status !== 400)
        throw new CheckFailed(`${seen.asked} answered ${sayAnswer(seen)}`);
      return seen.status === 201 ? 'ignored or kept' : 'refused';
    },
  },
  {
    id: 'message.unknown-parameter',
    title: 'an unknown query parameter is ignored',
    source: 'Entra ID, aadOptscim062020',
    grade: 'must',
    audience: ['entra'],
    async run({ ask }) {
      expectStatus(await ask('GET', '/Users?aadOptscim062020&startIndex=1&count=1'), 200);
      return '200';
    },
  },
  {
    id: 'message.unknown-endpoint',
    title: 'an endpoint that there is not is 404',
    source: 'RFC 7644 section 3.12',
    grade: 'should',
    audience: ['rfc'],
    async run({ ask }) {
      expectStatus(await ask('GET', '/Doctors'), 404);
      return '404';
    },
  },
];
