/** Runs daily and announces tokens that expire soon. The table's stream turns these into `token.expiring` events. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createExpiryCheck } from '../lib/admin/announce-expiring-tokens.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { createTableClient } from '../lib/store/table/client.ts';
import { createAnnounceExpiry } from '../lib/store/tokens/token-expiry.ts';
import { createTokenShards } from '../lib/store/tokens/token-shards.ts';
import { createShards } from '../lib/tokens/shard-secret.ts';
import { createTokenStore } from '../lib/tokens/token-store.ts';

const { tableName, tokenSecretPrefix } = parseEnvironment(['tableName', 'tokenSecretPrefix']);
const table = { client: createTableClient(), tableName };

const checkExpiry = createExpiryCheck({
  tokens: createTokenStore({
    shards: createShards({ client: new SecretsManagerClient(), prefix: tokenSecretPrefix }),
    shardList: createTokenShards(table),
  }),
  announce: createAnnounceExpiry(table),
});

/** @throws if a token could not be announced; Lambda then retries */
export const handler = (): Promise<void> => checkExpiry();
