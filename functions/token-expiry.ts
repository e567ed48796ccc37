/** Runs daily and announces tokens that expire soon. The table's stream turns these into `token.expiring` events. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createExpiryCheck } from '../lib/admin/announce-expiring-tokens.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { createTableClient } from '../lib/store/table/client.ts';
import { createDenialWork } from '../lib/store/tokens/denied-tokens.ts';
import { createAnnounceExpiry } from '../lib/store/tokens/token-expiry.ts';
import { createTokenShards } from '../lib/store/tokens/token-shards.ts';
import { readAllTokens } from '../lib/tokens/list-tokens.ts';
import { createShardReader } from '../lib/tokens/shard-secret.ts';

const { tableName, tokenSecretPrefix } = parseEnvironment(['tableName', 'tokenSecretPrefix']);
const table = { client: createTableClient(), tableName };

const sources = {
  shards: createShardReader({ client: new SecretsManagerClient(), prefix: tokenSecretPrefix }),
  shardList: createTokenShards(table),
  denied: createDenialWork(table),
};

const checkExpiry = createExpiryCheck({
  tokens: { all: () => readAllTokens(sources, Date.now()) },
  announce: createAnnounceExpiry(table),
});

/** @throws if a token could not be announced; Lambda then retries */
export const handler = (): Promise<void> => checkExpiry();
