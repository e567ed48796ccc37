/** Checks of media types and malformed requests (RFC 7644 sections 3.8, 3.12). */
import { USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectError, expectResource, expectStatus, formatResponse } from '../expect.ts';

export const messages: readonly Check[] = [
  {
    id: 'message.application-json',
    title: 'a body of type application/json is accepted too',
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
    title: 'a Content-Type on GET is ignored',
    source: 'Okta sends it with every request',
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
    title: 'a body that is not JSON returns 400',
    source: 'RFC 7644 section 3.12',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const response = await ask('POST', '/Users', { body: '{"userName":' });
      expectError(response, 400);
      return formatResponse(response);
    },
  },
  {
    id: 'message.unknown-attribute',
    title: 'an attribute outside the schema is not a server error',
    source: 'RFC 7644 section 3.12; custom mappings of every provider',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [USER], userName: name(), doctorSaysHello: 'x' };
      const response = await ask('POST', '/Users', { body });
      if (response.status !== 201 && response.status !== 400)
        throw new CheckFailed(`${response.requestLine} returned ${formatResponse(response)}, expected 201 or 400`);
      return response.status === 201 ? 'ignored or stored' : 'refused';
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
    title: 'an unknown endpoint returns 404',
    source: 'RFC 7644 section 3.12',
    grade: 'should',
    audience: ['rfc'],
    async run({ ask }) {
      expectStatus(await ask('GET', '/Doctors'), 404);
      return '404';
    },
  },
];
