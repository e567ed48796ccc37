/** A function that only makes the DynamoDB calls of another one: the minimum that an invocation of that has to do. */
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();

const send = {
  BatchGetItem: (input) => client.send(new BatchGetItemCommand(input)),
  GetItem: (input) => client.send(new GetItemCommand(input)),
  PutItem: (input) => client.send(new PutItemCommand(input)),
  Query: (input) => client.send(new QueryCommand(input)),
  TransactGetItems: (input) => client.send(new TransactGetItemsCommand(input)),
  TransactWriteItems: (input) => client.send(new TransactWriteItemsCommand(input)),
  UpdateItem: (input) => client.send(new UpdateItemCommand(input)),
  // biome-ignore lint/suspicious/noExplicitAny: inputs that the SDK itself has sent before.
} satisfies Record<string, (input: any) => Promise<unknown>>;

export type BareCall = { readonly operation: keyof typeof send; readonly input: never };

export const handler = async (calls: readonly BareCall[]): Promise<void> => {
  for (const { operation, input } of calls) await send[operation](input);
};
