/**
 * One sweep at a time. A sweep may run for minutes and the next one begins every minute, so each holds a lease in the
 * table. It is renewed while the sweep runs and ends by itself: a holder that dies or is paused holds up the others for a
 * minute. Two sweeps at once do no harm, they only do the same work twice; so a paused holder needs no fence.
 */
import { type CleanUpReport, createCleanUp } from './clean-up.ts';
import { ITEM_FORMAT } from './items/items.ts';
import { openTable } from './table/calls.ts';
import type { TableOptions } from './table/client.ts';
import { CLEANUP_PK, SWEEP_LEASE_KEY } from './table/keys.ts';
import { updateItem } from './table/transact.ts';

const LEASE_MS = 60_000;
const RENEW_MS = 15_000;

/**
 * Creates the sweep of the schedule. While another one holds the lease it does nothing, and reports all markers as left.
 * @throws unavailable() when the table does not respond
 */
export const createLeasedCleanUp = (options: TableOptions) => {
  const table = openTable(options);
  const cleanUp = createCleanUp(options);

  /** Takes or renews the lease. @returns its end, undefined while another sweep holds it */
  const take = async (holder: string, deadline: number): Promise<number | undefined> => {
    const now = table.clock();
    const until = now + LEASE_MS;
    const outcome = await updateItem(
      table,
      {
        key: SWEEP_LEASE_KEY,
        update: { set: { s: ITEM_FORMAT, holder, until } },
        // A time far ahead was written by a clock that has stepped back since.
        condition: {
          expression: 'attribute_not_exists(#until) OR #until <= :now OR #until > :longest OR #holder = :holder',
          values: { ':now': now, ':longest': now + 2 * LEASE_MS, ':holder': holder },
        },
      },
      { deadline },
    );
    return 'done' in outcome ? until : undefined;
  };
  const release = async (holder: string): Promise<void> => {
    await updateItem(
      table,
      {
        key: SWEEP_LEASE_KEY,
        update: { remove: ['until', 'holder'] },
        condition: { expression: '#holder = :holder', values: { ':holder': holder } },
      },
      { deadline: table.clock() + LEASE_MS },
    );
  };

  return async ({ deadline }: { readonly deadline: number }): Promise<CleanUpReport> => {
    const markers = await table.query({ pk: CLEANUP_PK });
    if (markers.length === 0) return { swept: 0, left: 0 };
    const holder = crypto.randomUUID();
    let until = await take(holder, deadline);
    if (until === undefined) return { swept: 0, left: markers.length };
    const renew = async () => {
      until = await take(holder, table.clock() + RENEW_MS);
    };
    // A renewal that fails is repeated by the next one, or the lease ends.
    const renewals = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
    try {
      return await cleanUp({ deadline, isHeld: () => until !== undefined && table.clock() < until });
    } finally {
      clearInterval(renewals);
      // If it cannot be released, it ends by itself.
      await release(holder).catch(() => undefined);
    }
  };
};
