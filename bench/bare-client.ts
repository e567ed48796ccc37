/** A function that does nothing but call DynamoDB: what every function that uses the SDK must load. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();
export const handler = (id: string) => client.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: id } } }));
