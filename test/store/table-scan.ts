/** Scans the whole table, and finds the orphaned items of one directory. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import { findOrphans as searchOrphans } from '../../lib/store/audit/find-faults.ts';
import { TABLE_NAME } from '../support/engine.ts';

type Item = Readonly<Record<string, unknown>>;

type Filter = Pick<ScanCommandInput, 'FilterExpression' | 'ExpressionAttributeValues'>;
export const scanTable = async (client: DynamoDBClient, filter: Filter = {}): Promise<Item[]> => {
  const documents = DynamoDBDocumentClient.from(client);
  const items: Item[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: TABLE_NAME, ConsistentRead: true, ExclusiveStartKey, ...filter }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
};

/** @returns one line per orphan in the directory, and whether the scan read any item */
export const findOrphans = async (client: DynamoDBClient, directory: string) => {
  const search = { client, tableName: TABLE_NAME, only: directory, lines: Number.POSITIVE_INFINITY, strict: true };
  const { items, lines } = await searchOrphans(search);
  return { looked: items > 0, wrong: lines };
};
export const NO_ORPHANS = { looked: true, wrong: [] };
