/** Records which token shards (secrets) hold tokens of a directory, and which one accepts new tokens. */
import * as z from 'zod/mini';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { CURRENT_SHARD_KEY, directoryShardsKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';

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
const NO_DEADLINE = { deadline: Infinity };
const Current = z.object({ newest: z.int().check(z.gte(FIRST)) });
const OfDirectory = z.object({ shards: z.set(z.int().check(z.gte(FIRST))) });

export function createTokenShards(options: TableOptions): TokenShards {
  const table = openTable(options);

  const current = async () => {
    const item = await table.get(CURRENT_SHARD_KEY);
    return item === undefined ? FIRST : Current.parse(item).newest;
  };

  return {
    current,
    async next(full) {
      await updateItem(
        table,
        {
          key: CURRENT_SHARD_KEY,
          update: { set: { newest: full + 1 } },
          condition: { expression: 'attribute_not_exists(#newest) OR #newest < :next', values: { ':next': full + 1 } },
        },
        NO_DEADLINE,
      );
      return current();
    },
    async ofDirectory(directory) {
      const item = await table.get(directoryShardsKey(directory));
      return item === undefined ? [] : [...OfDirectory.parse(item).shards].sort((a, b) => a - b);
    },
    async add(directory, shard) {
      const update = { add: { shards: new Set([shard]) } };
      await updateItem(table, { key: directoryShardsKey(directory), update }, NO_DEADLINE);
    },
  };
}
