/** Once a day: tokens that will expire soon become `token.expiring` events, by way of the table's stream. */
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

/** @throws when a token could not be announced: Lambda tries again */
export const handler = (): Promise<void> => checkExpiry();
