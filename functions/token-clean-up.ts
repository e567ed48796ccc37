/** Every ten minutes: takes refused tokens out of their secrets. */
import type { Context, ScheduledEvent } from 'aws-lambda';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { createTableClient } from '../lib/store/table/client.ts';
import { createDenialWork } from '../lib/store/tokens/denied-tokens.ts';
import { createTokenShards } from '../lib/store/tokens/token-shards.ts';
import { createTokenCleanUp, type TokenCleanUpReport } from '../lib/tokens/clean-up-tokens.ts';
import { createSecretsClient } from '../lib/tokens/secrets-client.ts';
import { createShards } from '../lib/tokens/shard-secret.ts';

const { tableName, tokenSecretPrefix } = parseEnvironment(['tableName', 'tokenSecretPrefix']);
const table = { client: createTableClient(), tableName };
const shardList = createTokenShards(table);
const cleanUp = createTokenCleanUp({
  shards: createShards({ client: createSecretsClient(), prefix: tokenSecretPrefix, leases: shardList }),
  shardList,
  denied: createDenialWork(table),
});

const SPARE_MS = 8000;
const TEN_MINUTES_MS = 10 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws when the table or Secrets Manager does not respond: the next run continues */
export async function handler({ time }: Pick<ScheduledEvent, 'time'>, context: Context): Promise<TokenCleanUpReport> {
  // The first run of a day, in UTC, looks at every token.
  const whole = Date.parse(time) % DAY_MS < TEN_MINUTES_MS;
  const report = await cleanUp({ deadline: Date.now() + context.getRemainingTimeInMillis() - SPARE_MS, whole });
  if (report.removed + report.left > 0) console.info(JSON.stringify({ message: 'Cleaned up tokens.', ...report }));
  return report;
}
