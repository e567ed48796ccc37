import type { APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AUTHORIZER_CACHE_SECONDS } from '../../../lib/lambda/times.ts';
import { AuthorizerAnswer, isAllowed } from '../../../lib/local/gateway/policy.ts';
import { bearer, startGateway, TOKEN } from './raw-request.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
const status = async (answer: Promise<{ status: number }>) => (await answer).status;

test.each([
  [undefined, 401],
  ['', 401],
  ['Basic c2NpbTpzY2lt', 401],
  ['Bearer', 401],
  ['Bearer ', 401],
  ['Bearer other_0_t1_abcdef', 401],
  [`Bearer ${TOKEN} `, 200], // node:http trims blanks around a value
  [`Bearer ${TOKEN}!`, 401],
  [`Bearer scim_${'x'.repeat(124)}`, 401],
  [`Bearer scim_${'x'.repeat(123)}`, 200],
  [`bEARER   ${TOKEN}`, 200],
  [TOKEN, 200],
])('a request with the header %s is answered with %s', async (header, expected) => {
  const { send, authorizer } = await startGateway();
  const answer = await send('/scim/v2/Users', { headers: header === undefined ? {} : { Authorization: header } });
  expect(answer.status).toBe(expected);
  expect(authorizer).toHaveBeenCalledTimes(expected === 401 ? 0 : 1);
  if (expected !== 401) return;
  expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'content-type': 'application/scim+json' });
  expect(answer.headers['x-amzn-requestid']).toBeDefined();
});

test('401 comes before 404 and 405', async () => {
  const { send } = await startGateway();
  expect(await status(send('/scim/v2/nothing'))).toBe(401);
  expect(await status(send('/scim/v2/Users', { method: 'PUT' }))).toBe(401);
});

test('a result is cached until it expires, for every path and method', async () => {
  const { send, authorizer } = await startGateway();
  vi.useFakeTimers({ toFake: ['Date'] });
  for (const path of ['/scim/v2/Users', '/scim/v2/Groups/1', '/scim/v2/Users'])
    expect(await status(send(path, { headers: bearer }))).toBe(200);
  await send('/scim/v2/Users', { method: 'DELETE', headers: bearer });
  vi.advanceTimersByTime(AUTHORIZER_CACHE_SECONDS * 1000 - 1);
  await send('/scim/v2/Users', { headers: bearer });
  expect(authorizer).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  await send('/scim/v2/Users', { headers: bearer });
  expect(authorizer).toHaveBeenCalledTimes(2);
  await send('/scim/v2/Users', { headers: { Authorization: `${bearer.Authorization}2` } });
  expect(authorizer).toHaveBeenCalledTimes(3);
});

test('a Deny is 403 and cached; Unauthorized is 401 and not cached; another error is 503 and not cached', async () => {
  const deny = { Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: '*' }] };
  const authorizer = vi.fn(async (_event: APIGatewayTokenAuthorizerEvent): Promise<unknown> => undefined);
  const { send } = await startGateway({ authorizer });
  const get = () => send('/scim/v2/Users', { headers: bearer });

  authorizer.mockRejectedValueOnce(new Error('Unauthorized'));
  expect(await status(get())).toBe(401);
  authorizer.mockRejectedValueOnce(new Error('Secrets Manager does not answer'));
  const failed = await get();
  expect([failed.status, failed.headers['retry-after']]).toEqual([503, '5']);
  expect(failed.body).not.toContain('Secrets');
  authorizer.mockResolvedValueOnce({ principalId: 'x' });
  expect(await status(get())).toBe(503);
  expect(authorizer).toHaveBeenCalledTimes(3);

  authorizer.mockResolvedValueOnce({ principalId: 'x', policyDocument: deny });
  expect([await status(get()), await status(get()), await status(get())]).toEqual([403, 403, 403]);
  expect(authorizer).toHaveBeenCalledTimes(4);
});

test('a policy for one method refuses the others, also when it is cached', async () => {
  const authorizer = vi.fn(async (event: APIGatewayTokenAuthorizerEvent) => ({
    principalId: 'acme',
    policyDocument: { Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: event.methodArn }] },
  }));
  const { send } = await startGateway({ authorizer });
  expect(await status(send('/scim/v2/Users', { headers: bearer }))).toBe(200);
  expect(await status(send('/scim/v2/Users', { method: 'POST', headers: bearer }))).toBe(403);
  expect(await status(send('/scim/v2/Groups', { headers: bearer }))).toBe(403);
  expect(authorizer).toHaveBeenCalledTimes(1);
});

describe('a policy', () => {
  const arn = 'arn:aws:execute-api:eu-west-1:1:api/scim/GET/v2/Users/a';
  const answer = (...Statement: readonly unknown[]) =>
    AuthorizerAnswer.parse({ principalId: 'x', policyDocument: { Statement } });
  const allow = (Resource: string | string[], Action: string | string[] = 'execute-api:Invoke') => ({
    Effect: 'Allow',
    Action,
    Resource,
  });

  test.each([
    ['the whole stage', answer(allow('arn:aws:execute-api:eu-west-1:1:api/scim/*')), true],
    ['the method', answer(allow('arn:aws:execute-api:eu-west-1:1:api/scim/GET/*')), true],
    ['one of several', answer(allow(['x', '*'])), true],
    ['one character', answer(allow(`${arn.slice(0, -1)}?`)), true],
    ['any action', answer(allow('*', ['execute-api:*'])), true],
    ['another method', answer(allow('arn:aws:execute-api:eu-west-1:1:api/scim/POST/*')), false],
    ['another stage', answer(allow('arn:aws:execute-api:eu-west-1:1:api/test/*')), false],
    ['a prefix', answer(allow('arn:aws:execute-api')), false],
    ['a dot, which is not a wildcard', answer(allow(arn.replace('/', '.'))), false],
    ['another action', answer(allow('*', 'execute-api:ManageConnections')), false],
    ['nothing', answer(), false],
    ['an Allow and a Deny', answer(allow('*'), { ...allow(arn), Effect: 'Deny' }), false],
    ['a Deny of something else', answer(allow('*'), { ...allow('x'), Effect: 'Deny' }), true],
  ])('that names %s', (_name, policy, allowed) => {
    expect(isAllowed(policy, arn)).toBe(allowed);
  });
});

test.each([
  ['127.0.0.1:8787', {}, 200],
  ['localhost', {}, 200],
  ['LOCALHOST:1', {}, 200],
  ['[::1]:8787', {}, 200],
  ['evil.example:8787', {}, 403],
  ['127.0.0.1.evil.example', {}, 403],
  ['localhost:1', { Origin: 'http://localhost:1' }, 403],
  ['localhost:1', { Origin: 'null' }, 403],
])('the admin API accepts only programs on this machine: Host %s, %o: %s', async (Host, headers, expected) => {
  const { send, authorizer } = await startGateway();
  const answer = await send('/scim/admin/directories', { headers: { Host, ...headers } });
  expect(answer.status).toBe(expected);
  expect(authorizer).not.toHaveBeenCalled();
  if (expected === 200) expect(answer.body).toContain('arn:aws:iam::000000000000:user/local');
});
