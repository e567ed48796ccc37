import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent, Statement } from 'aws-lambda';
import { beforeAll, expect, test } from 'vitest';
import { createToken, createTokenId } from '../../lib/tokens/token-format.ts';
import { useEngine } from '../support/engine.ts';
import { outage, useSecrets } from '../support/secrets.ts';
import { openTokens, owner, soon } from '../support/tokens.ts';

const engine = useEngine();
const secrets = useSecrets();
let handler: (event: APIGatewayTokenAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

beforeAll(async () => {
  Object.assign(process.env, {
    TOKEN_SECRET_PREFIX: 'auth',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets().endpoint,
    AWS_MAX_ATTEMPTS: '1',
  });
  // Imported here because the function reads its environment at load.
  ({ handler } = await import('../../functions/authorizer.ts'));
});

const directory = owner('acme');
const tokens = () => openTokens({ table: engine(), secrets: secrets().client, prefix: 'auth' });
let count = 0;
const make = async (scopes: ('read' | 'write')[] = ['read', 'write'], expiresAt?: string) => {
  count += 1;
  const settings = { name: `t${count}`, scopes, ...(expiresAt === undefined ? {} : { expiresAt }) };
  const token = await tokens().store.create(directory, settings, soon());
  if (token === 'taken') throw new Error('taken');
  return token;
};
const STAGE = 'arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/scim';
const authorize = (authorizationToken: string) =>
  handler({ type: 'TOKEN', methodArn: `${STAGE}/GET/v2/Users/1`, authorizationToken });
const resources = ({ policyDocument }: APIGatewayAuthorizerResult) =>
  policyDocument.Statement.map((statement: Statement) => ('Resource' in statement ? statement.Resource : undefined));

test('a token with write allows the whole stage, because the policy is cached for every path', async () => {
  const token = await make();
  const answer = await authorize(`Bearer ${token.token}`);
  expect(resources(answer)).toEqual([[`${STAGE}/*`]]);
  expect(answer.context).toEqual({
    directory: 'acme',
    tokenId: token.id,
    tokenName: token.name,
    scopes: 'read write',
    createdAt: token.createdAt,
    incarnation: directory.createdAt,
  });
  expect(JSON.stringify(answer)).not.toContain(token.token);
});

test('the context has the expiry, which the functions check again', async () => {
  const expiresAt = '2099-01-01T00:00:00.000Z';
  expect((await authorize((await make(['read'], expiresAt)).token)).context).toMatchObject({ expiresAt });
});

test('a token with read alone may GET and search', async () => {
  const { token } = await make(['read']);
  expect(resources(await authorize(`Bearer ${token}`))).toEqual([
    [`${STAGE}/GET/*`, `${STAGE}/HEAD/*`, `${STAGE}/POST/*/.search`],
  ]);
});

test('a new token works immediately with a warm cache, with and without Bearer', async () => {
  await authorize((await make()).token);
  for (let i = 0; i < 5; i += 1) {
    const { token, id } = await make();
    expect((await authorize(token)).principalId).toBe(id);
    expect((await authorize(`bearer ${token}`)).principalId).toBe(id);
  }
});

test('every rejection is exactly Unauthorized, the only text that API Gateway maps to 401', async () => {
  const { token } = await make();
  const unknown = createToken(1, createTokenId());
  const otherShard = createToken(4711, createTokenId());
  for (const header of ['', 'Bearer', 'x', `${token}x`, `Basic ${token}`, unknown, `Bearer ${otherShard}`])
    await expect(authorize(header)).rejects.toThrow(/^Unauthorized$/);
});

test('if Secrets Manager is down, cached tokens work, others fail, but not with Unauthorized', async () => {
  const known = await make();
  await authorize(known.token);
  const fresh = await make();
  secrets().before = outage;
  expect((await authorize(known.token)).principalId).toBe(known.id);
  await expect(authorize(fresh.token)).rejects.toThrow(/Secrets Manager/);
  await expect(authorize(createToken(99, createTokenId()))).rejects.toThrow(/^(?!Unauthorized)/);
  secrets().before = () => undefined;
  expect((await authorize(fresh.token)).principalId).toBe(fresh.id);
});
