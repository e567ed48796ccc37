/**
 * What IAM checks of a request to DynamoDB or Secrets Manager: the action, the resource and the condition keys.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import * as z from 'zod';
import type { IamCall } from './policy.ts';

const Expressions = z.looseObject({
  Key: z.record(z.string(), z.unknown()).default({}),
  Item: z.record(z.string(), z.unknown()).default({}),
  UpdateExpression: z.string().default(''),
  ConditionExpression: z.string().default(''),
  ProjectionExpression: z.string().default(''),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ReturnValues: z.string().optional(),
});

const WORDS = new Set(
  `SET ADD REMOVE DELETE AND OR NOT BETWEEN IN attribute_exists attribute_not_exists attribute_type begins_with contains
  size if_not_exists list_append`.split(/\s+/),
);

/** Names of the top-level attributes in an expression. */
const namedIn = (expression: string, names: Readonly<Record<string, string>>): string[] =>
  Array.from(expression.matchAll(/(?<![\w:.#])#?[A-Za-z_]\w*/g), ([word]) => names[word] ?? word).filter(
    (word) => !WORDS.has(word),
  );

/** Every attribute that the request names, the keys included. Reads of whole items name only keys. */
const attributesOf = (request: z.infer<typeof Expressions>): string[] => {
  const { Key, Item, UpdateExpression, ConditionExpression, ProjectionExpression } = request;
  const expressions = [UpdateExpression, ConditionExpression, ProjectionExpression];
  const named = expressions.flatMap((expression) => namedIn(expression, request.ExpressionAttributeNames));
  return [...new Set([...Object.keys(Key), ...Object.keys(Item), ...named])];
};

const TABLE = '<Directories.Arn>';
const toTableCall = (action: string, request: unknown): IamCall => {
  const parsed = Expressions.parse(request);
  const { ReturnValues } = parsed;
  return {
    action: `dynamodb:${action}`,
    resource: TABLE,
    context: {
      'dynamodb:Attributes': attributesOf(parsed),
      ...(ReturnValues === undefined ? {} : { 'dynamodb:ReturnValues': [ReturnValues] }),
    },
  };
};

/** The action that IAM checks for each part of a transaction. */
const PARTS = {
  ConditionCheck: 'ConditionCheckItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
} as const;
const Transaction = z.object({
  TransactItems: z.array(z.partialRecord(z.enum(Object.keys(PARTS) as (keyof typeof PARTS)[]), z.unknown())),
});

const toTableCalls = (operation: string, body: unknown): readonly IamCall[] => {
  if (operation.startsWith('Batch')) return [{ action: `dynamodb:${operation}`, resource: TABLE }];
  if (operation !== 'TransactWriteItems') return [toTableCall(operation, body)];
  return Transaction.parse(body).TransactItems.flatMap((item) =>
    Object.entries(item).map(([part, request]) => toTableCall(PARTS[part as keyof typeof PARTS], request)),
  );
};

const SecretRequest = z.union([
  z.object({ SecretId: z.string() }).transform(({ SecretId }) => SecretId),
  z.object({ Name: z.string() }).transform(({ Name }) => Name),
]);
/** AWS adds six characters to the name of a secret in its ARN. */
const secretArn = (name: string) =>
  `arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${name}-a1B2c3`;

/** @param target the header X-Amz-Target, for example `DynamoDB_20120810.GetItem` */
export const toIamCalls = (target: string, body: unknown): readonly IamCall[] => {
  const [service = '', operation = ''] = target.split('.');
  if (service === 'secretsmanager')
    return [{ action: `secretsmanager:${operation}`, resource: secretArn(SecretRequest.parse(body)) }];
  if (service.startsWith('DynamoDB_')) return toTableCalls(operation, body);
  throw new Error(`the service of ${target} is not known here`);
};
