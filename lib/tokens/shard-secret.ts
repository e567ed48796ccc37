/**
 * Shards: secrets of AWS Secrets Manager, `<prefix>/<shard>`, that hold the hashes of tokens.
 *
 * Secrets Manager keeps every version younger than 24 hours and refuses more than about 100, so a version is precious: a
 * writer takes a lease first, and no race costs one. A staging label is moved from the version that was read to the new
 * one, which also fences a writer that slept past its lease.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { jitteredDelay } from '../common/backoff.ts';
import { parseShard, printShard, type Tokens } from './stored-token.ts';
import { createVersionedSecrets, SecretsUnavailable, type Version } from './versioned-secret.ts';

/** @returns the tokens after the edit, or undefined if nothing changes. May be called again with newer tokens. */
export type Edit = (tokens: Tokens) => Tokens | undefined;

type Lease = { readonly shard: number; readonly holder: string; readonly until: number };
/** Who may change a shard: kept in the table. Times are milliseconds since 1970. */
export type ShardLeases = {
  /** @returns undefined while another holder has the shard */
  take(shard: number, holder: string): Promise<Lease | undefined>;
  release(lease: Lease, versions: number | undefined): Promise<void>;
};

export type EditOptions = {
  /** Milliseconds since 1970: no step begins after it. */
  readonly deadline: number;
  /** Versions within 24 hours beyond which the shard is left alone. @default 98 */
  readonly maxVersions?: number;
};
/** `'full'`: the tokens would not fit; `'exhausted'`: no further version today. Nothing is changed then. */
type EditOutcome = 'done' | 'full' | 'exhausted';

export type ShardReader = {
  /** @returns undefined if there is no such shard. @throws SecretsUnavailable */
  read(shard: number): Promise<Tokens | undefined>;
};
/** Every method throws SecretsUnavailable, and what the leases throw. */
export type Shards = ShardReader & {
  /** Creates an empty shard, unless it exists. */
  create(shard: number): Promise<void>;
  /**
   * Changes a shard so that no parallel change is lost.
   * @throws SecretsBusy when the shard is not free by the deadline
   */
  edit(shard: number, edit: Edit, options: EditOptions): Promise<EditOutcome>;
};

/** Another change holds the shard until the deadline: repeating the request helps. */
export class SecretsBusy extends SecretsUnavailable {}

export type ShardsOptions = {
  readonly client: SecretsManagerClient;
  readonly prefix: string;
  readonly leases: ShardLeases;
  /** @default 48 KB of the 64 KB that a secret may have: the tokens of about a hundred directories */
  readonly maxBytes?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits for milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
};

const MAX_BYTES = 48 * 1024;
const MAX_VERSIONS = 98;
const DAY_MS = 24 * 60 * 60 * 1000;
const BACKOFF = { firstMs: 50, longestMs: 500 };
/** A lease with less time left is given back before a version is spent. */
const SPARE_LEASE_MS = 5000;

const parse = (version: Version | undefined) => version && parseShard(version.text);

export const createShardReader = ({ client, prefix }: Pick<ShardsOptions, 'client' | 'prefix'>): ShardReader => {
  const secrets = createVersionedSecrets(client);
  return { read: async (shard) => parse(await secrets.read(`${prefix}/${shard}`)) };
};

export function createShards(options: ShardsOptions): Shards {
  const { client, prefix, leases, maxBytes = MAX_BYTES, now = Date.now, wait = sleep } = options;
  const secrets = createVersionedSecrets(client);
  const nameOf = (shard: number) => `${prefix}/${shard}`;

  /** @throws SecretsBusy at the deadline */
  const takeLease = async (shard: number, deadline: number): Promise<Lease> => {
    const holder = randomUUID();
    for (let attempt = 0; ; attempt += 1) {
      if (now() >= deadline) throw new SecretsBusy(new Error(`shard ${shard} is being changed by others`));
      const lease = await leases.take(shard, holder);
      if (lease !== undefined) return lease;
      await wait(BACKOFF.firstMs / 2 + jitteredDelay(attempt, BACKOFF));
    }
  };

  /** @returns the new text, or how the edit ended without one */
  const textAfter = (tokens: Tokens, edit: Edit): string | { readonly outcome: EditOutcome } => {
    const after = edit(tokens);
    if (after === undefined) return { outcome: 'done' };
    const text = printShard(after);
    return after.size > tokens.size && Buffer.byteLength(text) > maxBytes ? { outcome: 'full' } : text;
  };

  type Attempt = { readonly outcome: EditOutcome | 'again'; readonly versions?: number };
  const writeVersion = async (
    lease: Lease,
    before: Version,
    { text, maxVersions }: { text: string; maxVersions: number },
  ): Promise<Attempt> => {
    const name = nameOf(lease.shard);
    const versions = await secrets.countVersions(name, new Date(now() - DAY_MS));
    if (versions >= maxVersions) return { outcome: 'exhausted', versions };
    if (lease.until - now() < SPARE_LEASE_MS) return { outcome: 'again', versions };
    const written = await secrets.replace(name, before, text);
    if (written === 'exhausted') return { outcome: 'exhausted', versions: Math.max(versions, MAX_VERSIONS) };
    return { outcome: written === 'replaced' ? 'done' : 'again', versions: versions + 1 };
  };

  const tryEdit = async (lease: Lease, edit: Edit, maxVersions: number): Promise<Attempt> => {
    const before = await secrets.read(nameOf(lease.shard));
    if (before === undefined) {
      await secrets.create(nameOf(lease.shard), printShard(new Map()));
      return { outcome: 'again' };
    }
    const text = textAfter(parseShard(before.text), edit);
    return typeof text === 'string' ? writeVersion(lease, before, { text, maxVersions }) : text;
  };

  return {
    ...createShardReader(options),
    create: async (shard) => void (await secrets.create(nameOf(shard), printShard(new Map()))),
    async edit(shard, edit, { deadline, maxVersions = MAX_VERSIONS }) {
      for (;;) {
        const lease = await takeLease(shard, deadline);
        let attempt: Attempt = { outcome: 'again' };
        try {
          attempt = await tryEdit(lease, edit, maxVersions);
        } finally {
          // A lease that cannot be given back ends by itself.
          await leases.release(lease, attempt.versions).catch(() => undefined);
        }
        if (attempt.outcome !== 'again') return attempt.outcome;
      }
    },
  };
}
