import { expect, test } from 'vitest';
import * as z from 'zod';
import { routes } from '../../../lib/lambda/routes.ts';
import { matchRoute } from '../../../lib/local/gateway/route-match.ts';
import { bearer, startGateway } from './raw-request.ts';

test.each([
  ['/', '/', undefined],
  ['/v2', '/{proxy+}', 'v2'],
  ['/v2/', '/{proxy+}', 'v2/'],
  ['/v2/Users', '/v2/Users', undefined],
  ['/v2/Users/', '/v2/Users', undefined],
  ['/v2/Users/1', '/v2/Users/{proxy+}', '1'],
  ['/v2/Users/1/', '/v2/Users/{proxy+}', '1/'],
  ['/v2/Users/.search', '/v2/Users/{proxy+}', '.search'],
  ['/v2/Users/a%2Fb/c', '/v2/Users/{proxy+}', 'a%2Fb/c'],
  ['/v2/Users/%E0%A4%A', '/v2/Users/{proxy+}', '%E0%A4%A'],
  ['/v2/Groups/1', '/v2/Groups/{proxy+}', '1'],
  ['/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User', '/v2/Schemas/{proxy+}', undefined],
  ['/v2/users', '/{proxy+}', 'v2/users'],
  ['/v2/UsersX', '/{proxy+}', 'v2/UsersX'],
  ['//v2/Users', '/{proxy+}', '/v2/Users'],
  ['/v2//Users', '/{proxy+}', 'v2//Users'],
  ['/admin', '/{proxy+}', 'admin'],
  ['/admin/directories/acme/tokens', '/admin/{proxy+}', 'directories/acme/tokens'],
])('%s is routed to %s', (path, route, proxy) => {
  const match = matchRoute(path);
  expect(match?.route.path).toBe(route);
  if (proxy !== undefined || !route.endsWith('{proxy+}')) expect(match?.proxy).toBe(proxy);
});

test('every route of the table can be reached', () => {
  for (const route of routes)
    expect(matchRoute(route.path.replace('{proxy+}', 'something'))?.route, route.path).toBe(route);
});

const Echo = z.object({ fn: z.string(), name: z.string(), event: z.looseObject({}) });
const echoed = (body: string) => Echo.parse(JSON.parse(body));

test('every method reaches the function of its route, with the event of a Lambda proxy integration', async () => {
  const { send } = await startGateway();
  const answer = await send('/scim/v2/Groups/g%201/?filter=displayName%20eq%20%22a+b%22&filter=2&bad=%E0%A4%A&x=1+1', {
    method: 'PATCH',
    headers: ['Authorization', bearer.Authorization, 'X-Two', 'a', 'X-Two', 'b', 'Host', 'localhost:1'],
    body: '{"é":1}',
  });
  expect(answer.status).toBe(200);
  const { fn, name, event } = echoed(answer.body);
  expect([fn, name]).toEqual(['groups', 'groups']);
  expect(event).toMatchObject({
    resource: '/v2/Groups/{proxy+}',
    path: '/v2/Groups/g%201/',
    httpMethod: 'PATCH',
    pathParameters: { proxy: 'g%201/' },
    queryStringParameters: { filter: '2', x: '1 1', bad: '\uFFFD%A' },
    multiValueQueryStringParameters: { filter: ['displayName eq "a b"', '2'] },
    headers: { 'X-Two': 'b', Authorization: bearer.Authorization },
    multiValueHeaders: { 'X-Two': ['a', 'b'] },
    body: Buffer.from('{"é":1}').toString('base64'),
    isBase64Encoded: true,
    requestContext: {
      path: '/scim/v2/Groups/g%201/',
      stage: 'scim',
      domainName: 'localhost:1',
      requestId: answer.headers['x-amzn-requestid'],
      authorizer: { principalId: 'acme', directory: 'acme', scopes: '2' },
    },
  });
});

test('a missing query or body is null; a parameter without a value is the empty string', async () => {
  const { send } = await startGateway();
  expect(echoed((await send('/scim/v2/Users', { headers: bearer })).body).event).toMatchObject({
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
  });
  const { event } = echoed((await send('/scim/v2/Users?aadOptscim062020', { headers: bearer })).body);
  expect(event).toMatchObject({ queryStringParameters: { aadOptscim062020: '' } });
});

test('a path outside the stage is 404', async () => {
  const { send } = await startGateway();
  for (const path of ['/', '/v2/Users', '//scim/v2/Users', '/scimitar/v2/Users', '/Scim/v2/Users']) {
    const answer = await send(path, { headers: bearer });
    expect([path, answer.status, answer.headers['content-type']]).toEqual([path, 404, 'application/scim+json']);
  }
  expect((await send('/scim', { headers: bearer })).status).toBe(200);
});
