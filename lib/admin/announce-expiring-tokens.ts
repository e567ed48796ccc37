/** The daily check that announces tokens about to expire, so that an operator rotates them in time. */
import type { AnnounceExpiry } from '../store/tokens/token-expiry.ts';
import type { Token } from '../tokens/list-tokens.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Days before expiry on which a token is announced. */
const DAYS = [1, 7, 30] as const;

/** @returns the smallest of `DAYS` that covers the remaining time; undefined if no announcement is due */
const daysToAnnounce = ({ createdAt, expiresAt }: Token, now: number): number | undefined => {
  if (expiresAt === undefined) return undefined;
  const end = Date.parse(expiresAt);
  const days = DAYS.find((count) => end - now <= count * DAY_MS);
  if (days === undefined || end <= now) return undefined;
  // A token created with a shorter lifetime than that is not announced: its creator knows.
  return end - days * DAY_MS < Date.parse(createdAt) ? undefined : days;
};

export type ExpiryOptions = {
  /** The tokens of all directories, in batches. */
  readonly tokens: { all(): AsyncIterable<readonly Token[]> };
  readonly announce: AnnounceExpiry;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/**
 * @returns a function that may run any number of times: each announcement is published once
 * @throws AggregateError after all other tokens have been announced
 */
export const createExpiryCheck =
  ({ tokens, announce, now = Date.now }: ExpiryOptions) =>
  async (): Promise<void> => {
    const failures: unknown[] = [];
    for await (const shard of tokens.all())
      for (const token of shard) {
        const days = daysToAnnounce(token, now());
        if (days === undefined || token.expiresAt === undefined) continue;
        const { id, name, directory, expiresAt } = token;
        await announce({ id, name, directory, expiresAt }, days).catch((error: unknown) => failures.push(error));
      }
    if (failures.length > 0) throw new AggregateError(failures, 'some expiring tokens could not be announced');
  };
