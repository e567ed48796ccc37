/** Leases of shards without a table: the same contract as lib/store/tokens/token-shards.ts. */
import type { ShardLeases } from '../../lib/tokens/shard-secret.ts';

const LEASE_MS = 10_000;

export const createMemoryLeases = (now: () => number = Date.now): ShardLeases => {
  const held = new Map<number, { readonly holder: string; readonly until: number }>();
  return {
    async take(shard, holder) {
      const before = held.get(shard);
      if (before !== undefined && before.holder !== holder && before.until > now()) return undefined;
      const lease = { holder, until: now() + LEASE_MS };
      held.set(shard, lease);
      return { shard, ...lease };
    },
    async release({ shard, holder }) {
      if (held.get(shard)?.holder === holder) held.delete(shard);
    },
  };
};
