/** Records the last use of a token, at most once an hour, so that requests do not pay for the write. */
import * as z from 'zod/mini';
import { setBounded } from '../../common/cached.ts';
import { ITEM_FORMAT } from '../items/items.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { tokensPk, tokenUseKey, USED_PREFIX } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Tokens cached in memory. Above that the oldest is evicted. */
const MAX_REMEMBERED = 10_000;

type UsedToken = { readonly directory: string; readonly tokenId: string };

/** Every method throws `unavailable()` when the table does not answer. */
export type TokenUse = {
  /** Records a use now, unless one within the last hour is recorded. */
  note(token: UsedToken): Promise<void>;
  /** @returns the last use by token id: ISO 8601, at most an hour too early */
  ofDirectory(directory: string): Promise<ReadonlyMap<string, string>>;
};

const UseItem = z.object({ sk: z.string(), usedAt: z.string() });

export function createTokenUse(options: TableOptions): TokenUse {
  const table = openTable(options);
  /** By token id: when this process last wrote or checked the item, in milliseconds since 1970. */
  const noted = new Map<string, number>();

  return {
    async note({ directory, tokenId }) {
      const now = table.clock();
      if (now < (noted.get(tokenId) ?? Number.NEGATIVE_INFINITY) + HOUR_MS) return;
      setBounded(noted, [tokenId, now], MAX_REMEMBERED);
      const write = {
        key: tokenUseKey(directory, tokenId),
        update: { set: { s: ITEM_FORMAT, usedAt: new Date(now).toISOString() } },
        condition: {
          expression: 'attribute_not_exists(#usedAt) OR #usedAt < :hourAgo',
          values: { ':hourAgo': new Date(now - HOUR_MS).toISOString() },
        },
      };
      await updateItem(table, write, { deadline: now + 1000 }).catch((error: unknown) => {
        noted.delete(tokenId);
        throw error;
      });
    },
    async ofDirectory(directory) {
      const items = await table.query({ pk: tokensPk(directory), from: USED_PREFIX, to: `${USED_PREFIX}~` });
      return new Map(
        items.map((item) => UseItem.parse(item)).map(({ sk, usedAt }) => [sk.slice(USED_PREFIX.length), usedAt]),
      );
    },
  };
}
