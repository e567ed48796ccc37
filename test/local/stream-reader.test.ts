import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { AwsError, type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';
import { createStreamReader } from '../../lib/local/stream-reader.ts';

/**
 * The embedded engine has one shard that never closes; other servers start a new one every few hours, like DynamoDB.
 * This server simulates three consecutive shards. The parent of the oldest is trimmed, the newest is open.
 */
const ARN = 'stream';
const shards = new Map([
  ['b', { parent: 'a', numbers: ['1', '2'] }],
  ['c', { parent: 'b', numbers: [] }],
  ['d', { parent: 'c', numbers: ['3', '4'] }],
]);
const From = z.object({
  ShardId: z.string(),
  ShardIteratorType: z.enum(['TRIM_HORIZON', 'AFTER_SEQUENCE_NUMBER']),
  SequenceNumber: z.string().optional(),
});
let expired = false;

let server: Endpoint;
let client: DynamoDBStreamsClient;
beforeAll(async () => {
  server = await serveAwsJson({
    'DynamoDBStreams_20120810.DescribeStream': (input) => {
      const { ExclusiveStartShardId: after } = z.object({ ExclusiveStartShardId: z.string().optional() }).parse(input);
      const all = [...shards].map(([ShardId, { parent }]) => ({ ShardId, ParentShardId: parent }));
      // In pages of two, newest first, because the order is not guaranteed.
      const page = after === undefined ? all.slice(1).reverse() : all.slice(0, 1);
      const more = after === undefined ? { LastEvaluatedShardId: 'c' } : {};
      return { StreamDescription: { Shards: page, ...more } };
    },
    'DynamoDBStreams_20120810.GetShardIterator': (input) => {
      const { ShardId, SequenceNumber = '0' } = From.parse(input);
      return { ShardIterator: `${ShardId} ${SequenceNumber}` };
    },
    'DynamoDBStreams_20120810.GetRecords': (input) => {
      if (expired) throw new AwsError('ExpiredIteratorException', 'too old');
      const [id = '', after] = z.object({ ShardIterator: z.string() }).parse(input).ShardIterator.split(' ');
      const next = shards.get(id)?.numbers.find((number) => Number(number) > Number(after));
      const Records = next === undefined ? [] : [{ dynamodb: { SequenceNumber: next } }];
      const ends = id !== 'd' && next === undefined;
      return { Records, ...(ends ? {} : { NextShardIterator: `${id} ${next ?? after}` }) };
    },
  });
  client = new DynamoDBStreamsClient({ endpoint: server.endpoint, region: 'local' });
});
afterAll(() => {
  client.destroy();
  server.close();
});

const readAll = async (reader: ReturnType<typeof createStreamReader>) => {
  const numbers: (string | undefined)[] = [];
  for (let i = 0; i < 10; i++)
    for (const { dynamodb } of (await reader.read()).records) numbers.push(dynamodb?.SequenceNumber);
  return numbers;
};

test('reads from the oldest shard through its children to the open one', async () => {
  expect(await readAll(createStreamReader(client, ARN, undefined))).toEqual(['1', '2', '3', '4']);
});

test('resumes from a position in the middle', async () => {
  const reader = createStreamReader(client, ARN, { streamArn: ARN, shardId: 'b', sequenceNumber: '1' });
  expect(await readAll(reader)).toEqual(['2', '3', '4']);
});

test('a position of another stream, or in an expired shard, means the oldest record', async () => {
  for (const position of [
    { streamArn: 'another', shardId: 'd', sequenceNumber: '3' },
    { streamArn: ARN, shardId: 'a', sequenceNumber: '0' },
  ])
    expect(await readAll(createStreamReader(client, ARN, position))).toEqual(['1', '2', '3', '4']);
});

test('resumes at its position after an expired iterator', async () => {
  const reader = createStreamReader(client, ARN, undefined);
  await reader.read();
  expired = true;
  await expect(reader.read()).rejects.toThrow('too old');
  expired = false;
  expect(await readAll(reader)).toEqual(['2', '3', '4']);
});
