/**
 * The shards of tokens: how many there are, who may change each, and how many versions it was given lately. A shard is a
 * secret of Secrets Manager, `<prefix>/<number>`; numbers begin at 1 and have no gaps.
 */
import * as z from 'zod/mini';
import { ITEM_FORMAT } from '../items/items.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { CURRENT_SHARD_KEY, directoryShardsKey, shardKey, shardOf, shardRange } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';

/** Longer than a holder needs; the staging label fences one that sleeps past it. */
const LEASE_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const NO_DEADLINE = { deadline: Infinity };

const Current = z.object({ newest: z.int().check(z.gte(1)) });
const Shard = z.object({ sk: z.string(), versions: z.optional(z.number()), countedAt: z.optional(z.number()) });

/** The right to change one shard. Times are milliseconds since 1970. */
export type ShardLease = { readonly shard: number; readonly holder: string; readonly until: number };

/** Every method throws `unavailable()` when the table does not answer. */
export const createTokenShards = (options: TableOptions) => {
  const table = openTable(options);
  return {
    /** @returns how many shards there are, or undefined when the table does not know: after a destroy, secrets remain */
    async count(): Promise<number | undefined> {
      const item = await table.get(CURRENT_SHARD_KEY);
      return item === undefined ? undefined : Current.parse(item).newest;
    },
    /** Notes that there are at least `count` shards. */
    async grow(count: number): Promise<void> {
      await updateItem(
        table,
        {
          key: CURRENT_SHARD_KEY,
          update: { set: { newest: count } },
          condition: { expression: 'attribute_not_exists(#newest) OR #newest < :count', values: { ':count': count } },
        },
        NO_DEADLINE,
      );
    },
    /** Notes that the shard holds a token of the directory: releases before leases look for tokens by it. */
    async add(directory: string, shard: number): Promise<void> {
      const update = { add: { shards: new Set([shard]) } };
      await updateItem(table, { key: directoryShardsKey(directory), update }, NO_DEADLINE);
    },
    /** @returns versions that each shard was given within 24 hours, as last counted; 0 where nothing is known */
    async versions(): Promise<ReadonlyMap<number, number>> {
      const items = (await table.query(shardRange)).map((item) => Shard.parse(item));
      const since = table.clock() - DAY_MS;
      return new Map(
        items.map(({ sk, versions = 0, countedAt = 0 }) => [shardOf(sk), countedAt < since ? 0 : versions]),
      );
    },
    /** @returns undefined while another holder has the shard */
    async take(shard: number, holder: string): Promise<ShardLease | undefined> {
      const now = table.clock();
      const until = now + LEASE_MS;
      const outcome = await updateItem(
        table,
        {
          key: shardKey(shard),
          update: { set: { s: ITEM_FORMAT, holder, until } },
          // A time far ahead was written by a clock that has stepped back since.
          condition: {
            expression: 'attribute_not_exists(#until) OR #until <= :now OR #until > :longest OR #holder = :holder',
            values: { ':now': now, ':longest': now + 2 * LEASE_MS, ':holder': holder },
          },
        },
        NO_DEADLINE,
      );
      return 'done' in outcome ? { shard, holder, until } : undefined;
    },
    /** Gives the shard back, unless its lease has passed to another holder. @param versions within 24 hours */
    async release({ shard, holder }: ShardLease, versions: number | undefined): Promise<void> {
      const counted = versions === undefined ? {} : { versions, countedAt: table.clock() };
      await updateItem(
        table,
        {
          key: shardKey(shard),
          update: { remove: ['until', 'holder'], ...(versions === undefined ? {} : { set: counted }) },
          condition: { expression: '#holder = :holder', values: { ':holder': holder } },
        },
        NO_DEADLINE,
      );
    },
  };
};
