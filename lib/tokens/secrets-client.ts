/** The Secrets Manager client of functions that change tokens: a call that hangs fails well before the request's time ends. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export const createSecretsClient = (): SecretsManagerClient =>
  new SecretsManagerClient({
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
