/** Items as DynamoDB writes them (`{"S": "text"}`) in streams and refusals, which the document client leaves as they came. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from './calls.ts';

export const fromMarshalled = (item: object): Item => unmarshall(item as Parameters<typeof unmarshall>[0]);
