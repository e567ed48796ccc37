/** Records which token shards (secrets) hold tokens of a directory, and which one accepts new tokens. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { openTable, type TableOptions } from '../table/calls.ts';
import { CURRENT_SHARD_KEY, directoryShardsKey } from '../table/keys.ts';
import { withRetries } from '../table/retry.ts';

/** Every method throws `unavailable()` when the table does not answer. */
export type TokenShards = {
  /** @returns the shard for new tokens. Shards are numbered from 1. */
  current(): Promise<number>;
  /** Advances to the shard `full + 1`, unless a parallel call did. @returns the current shard afterwards */
  next(full: number): Promise<number>;
  /** @returns the shards that may hold tokens of the directory */
  ofDirectory(directory: string): Promise<readonly number[]>;
  /** Records that the shard may hold tokens of the directory. */
  add(directory: string, shard: number): Promise<void>;
};

const FIRST = 1;
const Current = z.object({ newest: z.int().check(z.gte(FIRST)) });
const OfDirectory = z.object({ shards: z.set(z.int().check(z.gte(FIRST))) });

const isConditionFailure = (error: unknown) =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';

export function createTokenShards(options: TableOptions): TokenShards {
  const table = openTable(options);

  const update = (input: Omit<UpdateCommand['input'], 'TableName'>) =>
    withRetries(
      async () => {
        await table.documents
          .send(new UpdateCommand({ TableName: table.tableName, ...input }))
          .catch((error: unknown) => {
            // A parallel call has advanced the shard already.
            if (!isConditionFailure(error)) throw error;
          });
      },
      { clock: table.clock },
    );

  const current = async () => {
    const item = await table.get(CURRENT_SHARD_KEY);
    return item === undefined ? FIRST : Current.parse(item).newest;
  };

  return {
    current,
    async next(full) {
      await update({
        Key: CURRENT_SHARD_KEY,
        UpdateExpression: 'SET newest = :next',
        ConditionExpression: 'attribute_not_exists(newest) OR newest < :next',
        ExpressionAttributeValues: { ':next': full + 1 },
      });
      return current();
    },
    async ofDirectory(directory) {
      const item = await table.get(directoryShardsKey(directory));
      return item === undefined ? [] : [...OfDirectory.parse(item).shards].sort((a, b) => a - b);
    },
    add: (directory, shard) =>
      update({
        Key: directoryShardsKey(directory),
        UpdateExpression: 'ADD shards :shard',
        ExpressionAttributeValues: { ':shard': new Set([shard]) },
      }),
  };
}
