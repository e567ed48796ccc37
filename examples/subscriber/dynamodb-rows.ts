/** The application's rows in DynamoDB: partition key `directory`, sort key `key`. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Row } from '../../lib/subscriber/apply-event.ts';
import type { Rows } from './receive.ts';

/** Rows of deleted resources outlive any late event: the Rollcall stack keeps failed records for 90 days. */
const DELETED_ROW_SECONDS = 90 * 24 * 60 * 60;

export const createDynamoDbRows = (client: DynamoDBClient, TableName: string): Rows => {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    async read(directory, key) {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key: { directory, key }, ConsistentRead: true }),
      );
      return Item as Row | undefined;
    },
    async write(row, before) {
      const expires = row.present ? {} : { expiresAt: Math.ceil(Date.now() / 1000) + DELETED_ROW_SECONDS };
      const condition =
        before === undefined
          ? { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': 'key' } }
          : {
              ConditionExpression: '#sequence = :sequence',
              ExpressionAttributeNames: { '#sequence': 'sequence' },
              ExpressionAttributeValues: { ':sequence': before.sequence },
            };
      try {
        await documents.send(new PutCommand({ TableName, Item: { ...row, ...expires }, ...condition }));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
};
