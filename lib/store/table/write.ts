/** Describes a write of one item, and builds the SDK input from it: for a single call or for a transaction. */
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Item } from './calls.ts';
import type { Key } from './keys.ts';

/** `#name` is the placeholder of the attribute `name`; placeholders of values begin with `:`. */
export type Condition = { readonly expression: string; readonly values?: Item };
/** DynamoDB's SET, ADD (to a number or a set), DELETE (elements of a set) and REMOVE clauses. */
export type Update = {
  readonly set?: Item;
  readonly add?: Item;
  readonly deleteFromSet?: Item;
  readonly remove?: readonly string[];
};
export type Write = { readonly key: Key; readonly condition?: Condition } & (
  | { readonly put: Item }
  | { readonly update: Update }
  | { readonly delete: true }
  /** In a transaction: writes nothing, but its condition must hold. */
  | { readonly check: true; readonly condition: Condition }
);

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const clause = (keyword: string, parts: readonly string[]) =>
  parts.length === 0 ? [] : [`${keyword} ${parts.join(', ')}`];

const updateExpression = ({ set = {}, add = {}, deleteFromSet = {}, remove = [] }: Update): string =>
  [
    ...clause(
      'SET',
      Object.keys(set).map((name) => `#${name} = :set_${name}`),
    ),
    ...clause(
      'ADD',
      Object.keys(add).map((name) => `#${name} :add_${name}`),
    ),
    ...clause(
      'DELETE',
      Object.keys(deleteFromSet).map((name) => `#${name} :delete_${name}`),
    ),
    ...clause(
      'REMOVE',
      remove.map((name) => `#${name}`),
    ),
  ].join(' ');

const prefixed = (prefix: string, values: Item = {}) =>
  Object.entries(values).map(([name, value]): [string, unknown] => [`:${prefix}_${name}`, value]);

/** Attribute names are always placeholders, because DynamoDB reserves 573 words, including `by` and `at`. */
const names = (expressions: string) =>
  Object.fromEntries(Array.from(expressions.matchAll(/#(\w+)/g), ([placeholder, name]) => [placeholder, name ?? '']));

const ifAny = <Name extends string, Value extends object>(name: Name, value: Value) =>
  Object.keys(value).length === 0 ? {} : { [name]: value };

/** The input that PutItem, UpdateItem and DeleteItem share, alone and in a transaction. */
const conditional = (tableName: string, { condition }: Write, update: Update = {}) => {
  const expression = updateExpression(update);
  const values = Object.fromEntries([
    ...prefixed('set', update.set),
    ...prefixed('add', update.add),
    ...prefixed('delete', update.deleteFromSet),
    ...Object.entries(condition?.values ?? {}),
  ]);
  return {
    TableName: tableName,
    ...(condition === undefined
      ? {}
      : { ConditionExpression: condition.expression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    ...ifAny('ExpressionAttributeNames', names(`${expression} ${condition?.expression ?? ''}`)),
    ...ifAny('ExpressionAttributeValues', values),
  };
};

export const toUpdate = (tableName: string, write: Write & { readonly update: Update }) => ({
  ...conditional(tableName, write, write.update),
  Key: { ...write.key },
  UpdateExpression: updateExpression(write.update),
});

const checked = ({ key, condition }: Write & { readonly condition: Condition }) => ({
  Key: { ...key },
  ConditionExpression: condition.expression,
});

export const toTransactItem = (tableName: string, write: Write): TransactItem => {
  if ('put' in write) return { Put: { ...conditional(tableName, write), Item: { ...write.put, ...write.key } } };
  if ('update' in write) return { Update: toUpdate(tableName, write) };
  if ('check' in write) return { ConditionCheck: { ...conditional(tableName, write), ...checked(write) } };
  return { Delete: { ...conditional(tableName, write), Key: { ...write.key } } };
};
