/** The Groups function runs out of time (Lambda's getRemainingTimeInMillis) while it creates a large group. */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { seedDirectory } from '../../bench/scale/seed.ts';
import { variables } from '../../lib/lambda/variables.ts';
import { createContext } from '../../lib/local/invocation-context.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createTokenShards } from '../../lib/store/tokens/token-shards.ts';
import { findOrphans, NO_ORPHANS, scanTable } from '../store/table-scan.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { GROUP } from '../support/local-run.ts';

const client = useEngine({ stream: false });
const MEMBERS = 1200;
/** Time that the function reserves for its response. */
const SPARE_MS = 1500;
/** Only calls to the table advance the clock, whatever their real duration. The whole takes about four seconds. */
const CALL_MS = 100;
const GIVEN_MS = 2000;
const Created = z.object({ id: z.string() });

beforeAll(async () => {
  const endpoint = await client().config.endpoint?.();
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://${endpoint?.hostname}:${endpoint?.port}`;
  process.env[variables.tableName] = TABLE_NAME;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
const letCallsTakeTime = () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { send } = DynamoDBDocumentClient.prototype;
  vi.spyOn(DynamoDBDocumentClient.prototype, 'send').mockImplementation(function (
    this: DynamoDBDocumentClient,
    ...args: unknown[]
  ) {
    vi.advanceTimersByTime(CALL_MS);
    return Reflect.apply(send, this, args) as unknown;
  });
};

const post = async (body: object): Promise<APIGatewayProxyResult> => {
  const { handler } = await import('../../functions/groups.ts');
  const event = {
    resource: '/v2/Groups',
    path: '/v2/Groups',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/scim+json', Host: 'scim.example' },
    multiValueQueryStringParameters: { attributes: ['id'] },
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      path: '/scim/v2/Groups',
      domainName: 'scim.example',
      requestId: crypto.randomUUID(),
      authorizer: { directory: 'acme', tokenId: 't1', tokenName: 'okta' },
    },
  } as unknown as APIGatewayProxyEvent;
  return handler(event, { ...createContext('groups'), getRemainingTimeInMillis: () => SPARE_MS + GIVEN_MS });
};

test('s5 POST of 1,200 members is 429 with Retry-After until its retries have created the one group', async () => {
  const place = { client: client(), tableName: TABLE_NAME };
  await createDirectories(place).create(DirectorySettings.parse({ id: 'acme' }));
  await createTokenShards(place).add('acme', 1);
  const seed = { directory: 'acme', users: MEMBERS, members: 0, progress: () => {} };
  const { userIds } = await seedDirectory(place, seed);
  const body = { schemas: [GROUP], displayName: 'Everyone', members: userIds.map((value) => ({ value })) };
  const answers: APIGatewayProxyResult[] = [];
  letCallsTakeTime();
  while (answers.at(-1)?.statusCode !== 201 && answers.length < 20) answers.push(await post(body));
  const last = answers.pop();
  expect(last?.statusCode).toBe(201);
  expect(answers.length).toBeGreaterThan(0);
  for (const { statusCode, headers } of answers) {
    expect(statusCode).toBe(429);
    expect(headers?.['Retry-After']).toMatch(/^[1-9]\d*$/);
  }
  const { id } = Created.parse(JSON.parse(last?.body ?? ''));
  const edges = (await scanTable(client())).filter(({ sk }) => String(sk).startsWith('~'));
  expect(new Set(edges.map(({ pk }) => pk))).toEqual(new Set([`acme#Group#${id}`]));
  expect(edges.map(({ sk }) => String(sk).slice(1)).sort()).toEqual([...userIds].sort());
  expect(await findOrphans(client(), 'acme')).toEqual(NO_ORPHANS);
});
