/** Counts the calls to Secrets Manager of the authorizer's look-ups, also of made-up tokens. */
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { serveAwsJson } from '../../lib/local/aws-json.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';
import { createShardReader } from '../../lib/tokens/shard-secret.ts';
import { createTokenCache, TokenBudgetSpent } from '../../lib/tokens/token-cache.ts';
import { createToken, createTokenId, hashToken, parseToken } from '../../lib/tokens/token-format.ts';
import { createVerifier } from '../../lib/tokens/verify-token.ts';

const PREFIX = 'bench';
const SHARDS = 4;
/** Requests within one second, as one container of the authorizer sees them. */
const REQUESTS = 500;

/** Calls to Secrets Manager of all requests together. */
export type TokenCost = { readonly what: string; readonly calls: number; readonly maxCalls: number };

type Verify = ReturnType<typeof createVerifier>;
type Case = { readonly what: string; readonly maxCalls: number; readonly run: (verify: Verify) => Promise<void> };

const madeUp = (shard: number) => `Bearer ${createToken(shard, createTokenId())}`;
/** @throws if a made-up token opens a directory */
const refuse = async (verify: Verify, token: string): Promise<void> => {
  const found = await verify(token).catch((error: unknown) => {
    if (!(error instanceof TokenBudgetSpent)) throw error;
  });
  if (found !== undefined) throw new Error('a made-up token was accepted');
};

const storedAs = (token: string) => ({
  directory: 'acme',
  name: 'bench',
  sha256: hashToken(token),
  scopes: ['read', 'write'],
  createdAt: '2026-01-01T00:00:00.000Z',
});

export const measureTokens = async (): Promise<readonly TokenCost[]> => {
  const secrets = createSecretsManager([], () => undefined);
  const server = await serveAwsJson(secrets);
  const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new SecretsManagerClient({ ...local, endpoint: server.endpoint, maxAttempts: 1 });
  const token = createToken(1, createTokenId());
  for (let shard = 1; shard <= SHARDS; shard += 1) {
    const tokens = shard === 1 ? { [parseToken(token)?.tokenId ?? '']: storedAs(token) } : {};
    await client.send(
      new CreateSecretCommand({ Name: `${PREFIX}/${shard}`, SecretString: JSON.stringify({ format: 1, tokens }) }),
    );
  }
  let calls = 0;
  const { read } = createShardReader({ client, prefix: PREFIX });
  const counted = (shard: number) => {
    calls += 1;
    return read(shard);
  };
  const accept = async (verify: Verify) => {
    if ((await verify(`Bearer ${token}`)) === undefined) throw new Error('the token was refused');
  };
  const cases: readonly Case[] = [
    { what: 'token, the first request of a container', maxCalls: 1, run: accept },
    {
      what: `token in the cache, ${REQUESTS} requests`,
      maxCalls: 1,
      run: async (verify) => {
        for (let i = 0; i < REQUESTS; i += 1) await accept(verify);
      },
    },
    {
      what: `${REQUESTS} made-up tokens of existing shards`,
      // The budget of a second, and the first read of each shard.
      maxCalls: 22 + SHARDS,
      run: async (verify) => {
        for (let i = 0; i < REQUESTS; i += 1) await refuse(verify, madeUp((i % SHARDS) + 1));
      },
    },
    {
      what: `${REQUESTS} made-up tokens of missing shards`,
      maxCalls: 2,
      run: async (verify) => {
        for (let i = 0; i < REQUESTS; i += 1) await refuse(verify, madeUp(SHARDS + 1 + i));
      },
    },
  ];
  const costs: TokenCost[] = [];
  for (const { what, maxCalls, run } of cases) {
    // The requests are spread over one second of the cache's own clock, so the figures do not depend on the machine.
    let now = Date.now();
    const cache = createTokenCache({ read: counted, seconds: 20, now: () => now });
    const verify = createVerifier({ cache });
    calls = 0;
    await run(async (header) => {
      now += 1000 / REQUESTS;
      return verify(header);
    });
    costs.push({ what, calls, maxCalls });
  }
  client.destroy();
  server.close();
  return costs;
};
