/** The Lambda authorizer of API Gateway: maps a bearer token to its directory. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { SECRET_CACHE_SECONDS } from '../lib/lambda/times.ts';
import { createShardReader } from '../lib/tokens/shard-secret.ts';
import { createTokenCache } from '../lib/tokens/token-cache.ts';
import { createVerifier } from '../lib/tokens/verify-token.ts';

const { tokenSecretPrefix } = parseEnvironment(['tokenSecretPrefix']);
// Short timeouts, because a revoked token must not stay valid while a read hangs.
const requestHandler = { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true };
const client = new SecretsManagerClient({ requestHandler });
const { read } = createShardReader({ client, prefix: tokenSecretPrefix });
const verify = createVerifier({ cache: createTokenCache({ read, seconds: SECRET_CACHE_SECONDS }) });

/**
 * Resources that the scopes allow. API Gateway caches the policy for every path of the stage, so the policy covers the
 * whole stage rather than the path of the first request.
 */
const allowed = (methodArn: string, scopes: readonly string[]): string[] => {
  const stage = methodArn.split('/').slice(0, 2).join('/');
  return scopes.includes('write') ? [`${stage}/*`] : [`${stage}/GET/*`, `${stage}/HEAD/*`, `${stage}/POST/*/.search`];
};

export async function handler(event: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const token = await verify(event.authorizationToken);
  // API Gateway maps exactly this text to 401. Any other error is AUTHORIZER_FAILURE, to which it responds with 503.
  if (token === undefined) throw new Error('Unauthorized');
  return {
    principalId: token.tokenId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: allowed(event.methodArn, token.scopes) }],
    },
    context: {
      directory: token.directory,
      tokenId: token.tokenId,
      tokenName: token.tokenName,
      scopes: token.scopes.join(' '),
      createdAt: token.createdAt,
      ...(token.expiresAt === undefined ? {} : { expiresAt: token.expiresAt }),
      ...(token.incarnation === undefined ? {} : { incarnation: token.incarnation }),
    },
  };
}
