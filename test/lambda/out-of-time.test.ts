/** If the table does not respond, the client receives 503 before Lambda ends the function. */
import { createServer, type Server } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import timers from 'node:timers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const held: { server?: Server } = {};
const requested = vi.fn();
/** Applies fake timers to modules that import node:timers, such as middy. */
const shareTimers = () => {
  Object.assign(timers, { setTimeout, clearTimeout });
  syncBuiltinESMExports();
};
beforeAll(async () => {
  const server = createServer(() => void requested());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  held.server = server;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
  vi.stubEnv('TABLE_NAME', 'rollcall');
});
afterAll(() => {
  vi.useRealTimers();
  shareTimers();
  held.server?.closeAllConnections();
  held.server?.close();
});

test('the response is a SCIM error 503 with Retry-After, and the cause is logged', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { handler } = await import('../../functions/users.ts');
  const event = {
    httpMethod: 'GET',
    resource: '/v2/Users/{proxy+}',
    headers: {},
    requestContext: {
      path: '/scim/v2/Users/2819c223-7f76-453a-919d-413861904646',
      requestId: 'r1',
      authorizer: { directory: 'acme', tokenId: 't1', tokenName: 'okta' },
    },
  } as unknown as APIGatewayProxyEvent;
  // Only the test advances the clock, so the speed of the machine does not matter.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  shareTimers();
  const ends = Date.now() + 4000;
  const context = { getRemainingTimeInMillis: () => ends - Date.now() } as Context;
  const answered = vi.fn();
  const answering = (handler(event, context) as Promise<APIGatewayProxyResult>).finally(answered);
  await expect.poll(() => requested.mock.calls.length).toBe(1);
  await vi.advanceTimersByTimeAsync(3000);
  expect(answered).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(999);
  const answer = await answering;
  expect(answer).toMatchObject({
    statusCode: 503,
    headers: { 'Retry-After': '5', 'Content-Type': 'application/scim+json' },
  });
  expect(JSON.parse(answer.body)).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '503',
  });
  expect(logged).toHaveBeenCalledOnce();
});
