/** Announces coming token expiries. The item's changes become events, one for each number of days left. */
import * as z from 'zod/mini';
import { ActorItem, ITEM_FORMAT } from '../items/items.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { tokenExpiryKey } from '../table/keys.ts';
import { updateItem } from '../table/transact.ts';

type ExpiringToken = {
  readonly id: string;
  readonly name: string;
  readonly directory: string;
  /** ISO 8601 in UTC. */
  readonly expiresAt: string;
};

export const TokenExpiryItem = z.object({
  token: z.object({ id: z.string(), name: z.string(), expiresAt: z.string() }),
  /** Days left, at most. */
  days: z.number(),
  /** Counts the announcements. */
  rev: z.number(),
  by: ActorItem,
  at: z.string(),
});

/** Retention after the token's expiry. */
const KEPT_SECONDS = 7 * 24 * 60 * 60;

/**
 * Announces that at most `days` are left, unless the same or a smaller number was announced for this expiry date
 * before.
 * @throws unavailable()
 */
export type AnnounceExpiry = (token: ExpiringToken, days: number) => Promise<void>;

export function createAnnounceExpiry(options: TableOptions): AnnounceExpiry {
  const table = openTable(options);
  return async ({ directory, id, name, expiresAt }, days) => {
    const set = {
      s: ITEM_FORMAT,
      token: { id, name, expiresAt },
      until: expiresAt,
      days,
      by: { kind: 'system' },
      at: new Date(table.clock()).toISOString(),
      ttl: Math.ceil(Date.parse(expiresAt) / 1000) + KEPT_SECONDS,
    };
    const condition = {
      expression: 'attribute_not_exists(#days) OR #days > :days OR #until <> :until',
      values: { ':days': days, ':until': expiresAt },
    };
    const write = { key: tokenExpiryKey(directory, id), update: { set, add: { rev: 1 } }, condition };
    await updateItem(table, write, { deadline: Infinity });
  };
}
