/** One write of one item, alone or as a part of a transaction: both are drawn from the same description. */
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Item } from './calls.ts';
import type { Key } from './keys.ts';

/** `#name` stands for the attribute of that name; values are named `:...`. */
export type Condition = { readonly expression: string; readonly values?: Item };
/** Attributes to set, to add to (a number, or elements of a set), to take elements of a set from, and to remove. */
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
);

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const clause = (keyword: string, parts: readonly string[]) =>
  parts.length === 0 ? [] : [`${keyword} ${parts.join(', ')}`];

const updateExpression = ({ set = {}, add = {}, deleteFromSet: take = {}, remove = [] }: Update): string =>
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
      Object.keys(take).map((name) => `#${name} :take_${name}`),
    ),
    ...clause(
      'REMOVE',
      remove.map((name) => `#${name}`),
    ),
  ].join(' ');

const prefixed = (prefix: string, values: Item = {}) =>
  Object.entries(values).map(([name, value]): [string, unknown] => [`:${prefix}_${name}`, value]);

/** Every attribute is named by a placeholder: DynamoDB reserves 573 words, `by` and `at` among them. */
const names = (expressions: string) =>
  Object.fromEntries(Array.from(expressions.matchAll(/#(\w+)/g), ([placeholder, name]) => [placeholder, name ?? '']));

const someOf = <Name extends string, Value extends object>(name: Name, value: Value) =>
  Object.keys(value).length === 0 ? {} : { [name]: value };

/** What PutItem, UpdateItem and DeleteItem have in common, in a transaction too. */
const conditional = (tableName: string, { condition }: Write, update: Update = {}) => {
  const expression = updateExpression(update);
  const values = Object.fromEntries([
    ...prefixed('set', update.set),
    ...prefixed('add', update.add),
    ...prefixed('take', update.deleteFromSet),
    ...Object.entries(condition?.values ?? {}),
  ]);
  return {
    TableName: tableName,
    ...(condition === undefined
      ? {}
      : { ConditionExpression: condition.expression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    ...someOf('ExpressionAttributeNames', names(`${expression} ${condition?.expression ?? ''}`)),
    ...someOf('ExpressionAttributeValues', values),
  };
};

export const toUpdate = (tableName: string, write: Write & { readonly update: Update }) => ({
  ...conditional(tableName, write, write.update),
  Key: { ...write.key },
  UpdateExpression: updateExpression(write.update),
});

export const toTransactItem = (tableName: string, write: Write): TransactItem => {
  if ('put' in write) return { Put: { ...conditional(tableName, write), Item: { ...write.put, ...write.key } } };
  if ('update' in write) return { Update: toUpdate(tableName, write) };
  return { Delete: { ...conditional(tableName, write), Key: { ...write.key } } };
};
