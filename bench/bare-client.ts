/** A function that only calls DynamoDB: the minimum that a function with the SDK has to load. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();
export const handler = (id: string) => client.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: id } } }));
