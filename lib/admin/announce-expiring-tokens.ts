/** What happens once a day: tokens that will expire soon are announced, so that somebody rotates them in time. */
import type { AnnounceExpiry } from '../store/tokens/token-expiry.ts';
import type { Token, TokenStore } from '../tokens/token-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How many days before the end it is said. */
const DAYS = [1, 7, 30] as const;

/** @returns what is to be said of the token today: the least number of days that covers what is left */
const daysToAnnounce = ({ createdAt, expiresAt }: Token, now: number): number | undefined => {
  if (expiresAt === undefined) return undefined;
  const end = Date.parse(expiresAt);
  const days = DAYS.find((count) => end - now <= count * DAY_MS);
  if (days === undefined || end <= now) return undefined;
  // Whoever made it for less than that knows.
  return end - days * DAY_MS < Date.parse(createdAt) ? undefined : days;
};

export type ExpiryOptions = {
  readonly tokens: Pick<TokenStore, 'all'>;
  readonly announce: AnnounceExpiry;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/**
 * @returns a function that may run as often as one likes: each thing is said once
 * @throws AggregateError after all the others were announced
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
    if (failures.length > 0) throw new AggregateError(failures, 'some tokens that will expire were not announced');
  };
