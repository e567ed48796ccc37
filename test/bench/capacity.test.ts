/** The limits that `npm run bench:throttle` imposes on the engine respond like DynamoDB. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { type Limits, throttle } from '../../bench/scale/capacity.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';

const client = useEngine({ stream: false });
const open = (limits: Partial<Limits>) => {
  const { endpoint, region, credentials } = client().config;
  const own = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 } as DynamoDBClientConfig);
  const { traffic } = throttle(own, {
    key: { write: 10, read: 10 },
    table: { write: 1000, read: 1000 },
    latency: [0, 0],
    clock: () => 0,
    ...limits,
  });
  return { documents: DynamoDBDocumentClient.from(own), traffic };
};
const touch = (pk: string) =>
  new UpdateCommand({
    TableName: TABLE_NAME,
    Key: { pk, sk: 'a' },
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': 1 },
  });
const put = (pk: string, sk: string) => ({ Put: { TableName: TABLE_NAME, Item: { pk, sk } } });

test('a key over its limit is refused, other keys are not; a table over its limit is a different error', async () => {
  const { documents, traffic } = open({});
  for (let i = 0; i < 10; i++) await documents.send(touch('hot'));
  await expect(documents.send(touch('hot'))).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
  await documents.send(touch('cold'));
  expect(traffic()).toMatchObject({ calls: { UpdateItem: 12 }, throttled: { UpdateItem: 1 }, writeUnits: 11 });
  const small = open({ table: { write: 2, read: 2 } });
  await Promise.all(['a', 'b'].map((pk) => small.documents.send(touch(pk))));
  await expect(small.documents.send(touch('c'))).rejects.toMatchObject({ name: 'ThrottlingException' });
});

test('the limits recover after a second', async () => {
  let now = 0;
  const { documents } = open({ clock: () => now });
  for (let i = 0; i < 10; i++) await documents.send(touch('again'));
  await expect(documents.send(touch('again'))).rejects.toThrow();
  now += 1000;
  for (let i = 0; i < 10; i++) await documents.send(touch('again'));
  await expect(documents.send(touch('again'))).rejects.toThrow();
});

test('a cancelled transaction writes nothing, but spends units for the items that were not throttled', async () => {
  const { documents, traffic } = open({});
  const items = Array.from({ length: 12 }, (_, i) => put('tx', `${i}`));
  const refused = documents.send(new TransactWriteCommand({ TransactItems: [put('other', 'a'), ...items] }));
  await expect(refused).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  const error = await refused.catch((reason: { CancellationReasons: { Code: string }[] }) => reason);
  const codes = 'CancellationReasons' in error ? error.CancellationReasons.map(({ Code }) => Code) : [];
  expect(codes.slice(0, 11)).toEqual(Array.from({ length: 11 }, () => 'None'));
  expect(codes.slice(11)).toEqual(['ThrottlingError', 'ThrottlingError']);
  expect(traffic()).toMatchObject({ throttled: { TransactWriteItems: 1 }, writeUnits: 11, lostUnits: 11 });
  const keys = items.map(({ Put }) => Put.Item);
  const { Responses } = await DynamoDBDocumentClient.from(client()).send(
    new BatchGetCommand({ RequestItems: { [TABLE_NAME]: { Keys: keys } } }),
  );
  expect(Responses?.[TABLE_NAME]).toEqual([]);
});

test('a batch returns keys over the limit as unprocessed', async () => {
  const { documents } = open({ key: { write: 100, read: 3 } });
  const keys = Array.from({ length: 5 }, (_, i) => ({ pk: 'batch', sk: `${i}` }));
  for (const Item of keys) await documents.send(new PutCommand({ TableName: TABLE_NAME, Item }));
  const ask = () => documents.send(new BatchGetCommand({ RequestItems: { [TABLE_NAME]: { Keys: keys } } }));
  const { Responses, UnprocessedKeys } = await ask();
  expect(Responses?.[TABLE_NAME]).toHaveLength(3);
  expect(UnprocessedKeys?.[TABLE_NAME]?.Keys).toEqual(keys.slice(3));
  await expect(ask()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
});
