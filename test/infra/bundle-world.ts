/** What bundles call in a test: a table with its stream, Secrets Manager and a bus; and the events that they receive. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll } from 'vitest';
import * as z from 'zod';
import { variables } from '../../lib/lambda/variables.ts';
import { serveAwsJson } from '../../lib/local/aws-json.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { createEventBridge } from '../../lib/local/event-bridge.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';
import { createStreamReader, type StreamReader } from '../../lib/local/stream-reader.ts';
import { passesFilter, toLambdaRecord } from '../../lib/local/stream-record.ts';
import { createTable } from '../../lib/local/table.ts';

export const TABLE = 'rollcall';
const SECRETS = 'rollcall/Rollcall/tokens';
const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

type PublishedEvent = { readonly 'detail-type': string; readonly detail: Readonly<Record<string, unknown>> };
export type World = {
  readonly dynamodb: string;
  readonly secretsManager: string;
  readonly bus: string;
  /** For a test's own reads and edits. */
  readonly documents: DynamoDBDocumentClient;
  readonly secrets: SecretsManagerClient;
  /** Events on the bus, oldest first. */
  readonly events: PublishedEvent[];
  /** The records since the last call, as the event source mapping passes them on. */
  newRecords(): Promise<DynamoDBRecord[]>;
};

const readAll = async (reader: StreamReader, streamArn: string): Promise<DynamoDBRecord[]> => {
  const { records } = await reader.read();
  if (records.length === 0) return [];
  const passed = records.filter(passesFilter).map((record) => toLambdaRecord(record, streamArn));
  return [...passed, ...(await readAll(reader, streamArn))];
};

/** Call it once at the top of a test file. @returns a getter, valid once beforeAll has run */
export function useBundleWorld(): () => World {
  const held: { world?: World } = {};
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    const engine = await startEngine();
    closing.push(engine.stop);
    const secrets = await serveAwsJson(createSecretsManager([], () => undefined));
    const events: PublishedEvent[] = [];
    const bus = await serveAwsJson(createEventBridge((event) => events.push(event as unknown as PublishedEvent)));
    const client = new DynamoDBClient({ ...local, endpoint: engine.endpoint });
    const streams = new DynamoDBStreamsClient({ ...local, endpoint: engine.endpoint });
    const secretsClient = new SecretsManagerClient({ ...local, endpoint: secrets.endpoint });
    closing.push(secrets.close, bus.close);
    closing.push(...[client, streams, secretsClient].map((one) => () => one.destroy()));
    await createTable(client, TABLE, { stream: true });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
    const streamArn = Table?.LatestStreamArn ?? '';
    const reader = createStreamReader(streams, streamArn, undefined);
    held.world = {
      dynamodb: engine.endpoint,
      secretsManager: secrets.endpoint,
      bus: bus.endpoint,
      documents: DynamoDBDocumentClient.from(client),
      secrets: secretsClient,
      events,
      newRecords: () => readAll(reader, streamArn),
    };
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });
  return () => {
    if (held.world === undefined) throw new Error('the servers have not started');
    return held.world;
  };
}

/** The environment of every function: more variables than one needs do no harm. */
export const environmentOf = ({
  dynamodb,
  secretsManager,
  bus,
}: Pick<World, 'dynamodb' | 'secretsManager' | 'bus'>) => ({
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager,
  AWS_ENDPOINT_URL_EVENTBRIDGE: bus,
  [variables.tableName]: TABLE,
  [variables.tokenSecretPrefix]: SECRETS,
  [variables.eventBusName]: 'rollcall',
  [variables.failureBucketUrl]: 'http://127.0.0.1:1/failed-records',
});

export type Request = {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** The authorizer's context. */
  readonly authorizer?: object;
};

/** An event of API Gateway's proxy integration. */
export const proxyEvent = ({ method, path, query = {}, body, authorizer = {} }: Request) => ({
  resource: '/{proxy+}',
  path,
  httpMethod: method,
  headers: { Host: 'api.example', 'Content-Type': 'application/json' },
  multiValueHeaders: { Host: ['api.example'], 'Content-Type': ['application/json'] },
  queryStringParameters: query,
  multiValueQueryStringParameters: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
  pathParameters: { proxy: path.slice(1) },
  stageVariables: null,
  requestContext: {
    authorizer,
    domainName: 'api.example',
    httpMethod: method,
    path: `/scim${path}`,
    requestId: 'bundle-test',
    stage: 'scim',
  },
  body: body === undefined ? null : JSON.stringify(body),
  isBase64Encoded: false,
});

/** An event of API Gateway for the authorizer. */
export const tokenEvent = (token: string, request = 'POST/v2/Users') => ({
  type: 'TOKEN',
  authorizationToken: `Bearer ${token}`,
  methodArn: `arn:aws:execute-api:local:000000000000:api/scim/${request}`,
});

const ProxyResult = z.object({ statusCode: z.number(), body: z.string() });
export type Reply = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
export const toReply = (result: unknown): Reply => {
  const { statusCode, body } = ProxyResult.parse(result);
  return { status: statusCode, body: body === '' ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(body)) };
};
const Policy = z.object({ context: z.record(z.string(), z.unknown()) });
/** The context that the authorizer returns. */
export const contextOf = (policy: unknown) => Policy.parse(policy).context;

const Shard = z.looseObject({ tokens: z.record(z.string(), z.looseObject({})) });
/** Makes a token older: one that was made for a short life is not announced when it expires. */
export const age = async ({ secrets }: World, tokenId: string): Promise<void> => {
  for (let shard = 1; ; shard += 1) {
    const SecretId = `${SECRETS}/${shard}`;
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    const stored = Shard.parse(JSON.parse(SecretString));
    const token = stored.tokens[tokenId];
    if (token === undefined) continue;
    token.createdAt = '2026-01-01T00:00:00.000Z';
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(stored) }));
    return;
  }
};
