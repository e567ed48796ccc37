/** Which part of a path is the SCIM root: the stage or the base path of a custom domain, then `v2`. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { toScimRequest } from '../../lib/lambda/scim-request.ts';

const requestOf = (path: string, resource: string, proxy?: string) => {
  const event = {
    httpMethod: 'GET',
    resource,
    headers: { host: 'scim.example' },
    pathParameters: proxy === undefined ? null : { proxy },
    multiValueQueryStringParameters: null,
    body: null,
    requestContext: { path },
  } as unknown as APIGatewayProxyEvent;
  const { path: rest, baseUrl } = toScimRequest(event, 'https');
  return { rest, root: baseUrl.replace('https://scim.example', '') };
};

test.each([
  ['/scim/v2/Users', '/v2/Users', undefined, '/scim/v2', ['Users']],
  ['/scim/v2/Users/u1', '/v2/Users/{proxy+}', 'u1', '/scim/v2', ['Users', 'u1']],
  ['/v2/Users/u1', '/v2/Users/{proxy+}', 'u1', '/v2', ['Users', 'u1']],
  ['/people/v2/Users/', '/v2/Users', undefined, '/people/v2', ['Users']],
  ['/a/b/v2/Groups/g1', '/v2/Groups/{proxy+}', 'g1', '/a/b/v2', ['Groups', 'g1']],
  ['/v2/v2/Users', '/v2/Users', undefined, '/v2/v2', ['Users']],
  ['/v2/v2/Users/v2', '/v2/Users/{proxy+}', 'v2', '/v2/v2', ['Users', 'v2']],
  ['/scim/v2/Users/a/b', '/v2/Users/{proxy+}', 'a/b', '/scim/v2', ['Users', 'a', 'b']],
  ['/scim/v2/Users/a%20b/', '/v2/Users/{proxy+}', 'a%20b/', '/scim/v2', ['Users', 'a b']],
  ['/scim/v2/Users/a%2Fb', '/v2/Users/{proxy+}', 'a/b', '/scim/v2', ['Users', 'a/b']],
  ['/scim/v2/Users/u1/u1', '/v2/Users/{proxy+}', 'u1/u1', '/scim/v2', ['Users', 'u1', 'u1']],
  ['/scim/v2//Users//u1', '/{proxy+}', 'v2//Users//u1', '/scim/v2', ['Users', 'u1']],
  ['/scim//v2/Users', '/{proxy+}', '/v2/Users', '/scim/v2', ['Users']],
  ['/v2//v2/Users', '/{proxy+}', 'v2/Users', '/v2/v2', ['Users']],
  ['/scim/v2', '/{proxy+}', 'v2', '/scim/v2', []],
])('%s by the route %s %s is served', (path, resource, proxy, root, rest) => {
  expect(requestOf(path, resource, proxy)).toEqual({ root, rest });
});

test.each([
  ['/scim/anything/v2/Users', '/{proxy+}', 'anything/v2/Users'],
  ['/scim/Users', '/{proxy+}', 'Users'],
  ['/Users/u1', '/{proxy+}', 'Users/u1'],
  ['/scim/V2/Users', '/{proxy+}', 'V2/Users'],
  ['/scim', '/', undefined],
  ['/', '/', undefined],
])('%s by the route %s %s is no endpoint', (path, resource, proxy) => {
  const [first] = requestOf(path, resource, proxy).rest;
  expect(first).toBe('');
});
