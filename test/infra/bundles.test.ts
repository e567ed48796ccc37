import { readFileSync } from 'node:fs';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { functionNames } from '../../lib/infra/bundle.ts';
import { variables } from '../../lib/lambda/variables.ts';
import { type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';
import { type Engine, startEngine } from '../../lib/local/engine.ts';
import { createEventBridge } from '../../lib/local/event-bridge.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';
import { createTable } from '../../lib/local/table.ts';
import { RESOURCE } from '../../lib/store/table/names.ts';
import { type Bundles, buildBundles, callBundle } from './bundle-run.ts';
import { findNode24 } from './node-24.ts';

const held: { bundles?: Bundles; engine?: Engine; secrets?: Endpoint; bus?: Endpoint } = {};
const events: { 'detail-type': string }[] = [];
const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

beforeAll(async () => {
  held.bundles = buildBundles();
  held.engine = await startEngine();
  held.secrets = await serveAwsJson(createSecretsManager([], () => undefined));
  held.bus = await serveAwsJson(createEventBridge((event) => events.push(event)));
  const client = new DynamoDBClient({ ...local, endpoint: held.engine.endpoint });
  await createTable(client, 'rollcall', { stream: true });
  client.destroy();
});
afterAll(async () => {
  held.bundles?.remove();
  held.secrets?.close();
  held.bus?.close();
  await held.engine?.stop();
});

const bundles = () => {
  if (held.bundles === undefined) throw new Error('the bundles have not been built');
  return held.bundles;
};

test.each(functionNames)('%s is under 400 KB', (name) => {
  expect(bundles().size(name)).toBeLessThan(400_000);
  // A smaller bundle would lack its libraries.
  expect(bundles().size(name)).toBeGreaterThan(10_000);
});
test.each(['users', 'groups'] as const)('%s, a resource function, is at most 360 KB', (name) => {
  expect(bundles().size(name)).toBeLessThanOrEqual(360_000);
});

test.each(functionNames)('%s is built with zod/mini, not with all of zod', (name) => {
  const { sources } = z
    .object({ sources: z.array(z.string()).min(10) })
    .parse(JSON.parse(readFileSync(`${bundles().path(name)}.map`, 'utf8')));
  expect(sources.filter((source) => /\/zod\/(v3|v4\/classic|v4\/locales\/(?!en\.))/.test(source))).toEqual([]);
});

type Request = { method: string; path: string; body?: object; authorizer?: object };
const proxyEvent = ({ method, path, body, authorizer = {} }: Request) => ({
  resource: '/{proxy+}',
  path,
  httpMethod: method,
  headers: { Host: 'api.example', 'Content-Type': 'application/json' },
  multiValueHeaders: { Host: ['api.example'], 'Content-Type': ['application/json'] },
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  pathParameters: null,
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
const ProxyResult = z.object({ statusCode: z.number(), body: z.string() });

/** The directory's resource records in the stream, as the event source mapping would pass them on. */
const resourceRecords = async (directory: string) => {
  const endpoint = held.engine?.endpoint ?? '';
  const tables = new DynamoDBClient({ ...local, endpoint });
  const streams = new DynamoDBStreamsClient({ ...local, endpoint });
  const { Table } = await tables.send(new DescribeTableCommand({ TableName: 'rollcall' }));
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const shard = { StreamArn, ShardId: StreamDescription?.Shards?.[0]?.ShardId };
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  tables.destroy();
  streams.destroy();
  return Records.filter(
    ({ dynamodb: { Keys } = {} }) => Keys?.sk?.S === RESOURCE && Keys.pk?.S?.startsWith(`${directory}#`),
  ).map((record) => ({
    ...record,
    eventSourceARN: StreamArn,
    dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: Math.floor(Date.now() / 1000) },
  }));
};

const node24 = findNode24();
const runtimes = [
  { name: `this Node, ${process.version}`, node: process.execPath, version: process.version, directory: 'acme' },
  'path' in node24
    ? { name: 'Node 24', node: node24.path, version: /^v24\./, directory: 'acme24' }
    : { name: `Node 24 (${node24.missing})`, node: undefined, version: '', directory: '' },
];

describe.each(runtimes)('on $name', ({ node, version, directory }) => {
  const call = async (name: (typeof functionNames)[number], event: object) => {
    const answer = await callBundle(bundles(), name, {
      node: node ?? '',
      event,
      environment: {
        AWS_REGION: 'local',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        AWS_ENDPOINT_URL_DYNAMODB: held.engine?.endpoint ?? '',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: held.secrets?.endpoint ?? '',
        AWS_ENDPOINT_URL_EVENTBRIDGE: held.bus?.endpoint ?? '',
        [variables.tableName]: 'rollcall',
        [variables.tokenSecretPrefix]: 'rollcall/Rollcall/tokens',
        [variables.eventBusName]: 'rollcall',
      },
    });
    expect(answer.error, name).toBeUndefined();
    expect(answer.node).toMatch(version);
    return answer.result;
  };
  const request = async (name: (typeof functionNames)[number], sent: Request) => {
    const { statusCode, body } = ProxyResult.parse(await call(name, proxyEvent(sent)));
    return { status: statusCode, body: z.record(z.string(), z.unknown()).parse(JSON.parse(body)) };
  };

  test.skipIf(node === undefined)(
    'the bundles load, answer requests, and publish user.created to the bus',
    async () => {
      const made = await request('admin', { method: 'POST', path: '/admin/directories', body: { id: directory } });
      expect(made).toMatchObject({ status: 201, body: { id: directory } });
      const token = await request('admin', {
        method: 'POST',
        path: `/admin/directories/${directory}/tokens`,
        body: { name: 'bundle-test', scopes: ['read', 'write'] },
      });
      expect(token).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^scim_/) } });

      const policy = await call('authorizer', {
        type: 'TOKEN',
        authorizationToken: `Bearer ${token.body.token}`,
        methodArn: 'arn:aws:execute-api:local:000000000000:api/scim/POST/v2/Users',
      });
      const { context: authorizer } = z.object({ context: z.record(z.string(), z.unknown()) }).parse(policy);
      expect(authorizer).toMatchObject({ directory });

      const user = await request('users', {
        method: 'POST',
        path: '/v2/Users',
        authorizer,
        body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ann@acme.example' },
      });
      expect(user).toMatchObject({ status: 201, body: { userName: 'ann@acme.example' } });
      const group = await request('groups', {
        method: 'POST',
        path: '/v2/Groups',
        authorizer,
        body: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          displayName: 'Engineering',
          members: [{ value: user.body.id }],
        },
      });
      expect(group).toMatchObject({ status: 201, body: { displayName: 'Engineering' } });
      const discovered = await request('discovery', { method: 'GET', path: '/v2/ServiceProviderConfig', authorizer });
      expect(discovered).toMatchObject({ status: 200, body: { patch: { supported: true } } });

      events.length = 0;
      const Records = await resourceRecords(directory);
      expect(Records.length).toBeGreaterThanOrEqual(2);
      expect(await call('lifecycle-events', { Records })).toEqual({ batchItemFailures: [] });
      expect(events.map((event) => event['detail-type'])).toEqual(
        expect.arrayContaining(['user.created', 'group.created']),
      );
    },
  );
});
