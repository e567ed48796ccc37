/** A Secrets Manager for one test file, whose calls can be counted and made to fail. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { AwsError, type Endpoint, type Operations, serveAwsJson } from '../../lib/local/aws-json.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';

export type Secrets = {
  readonly client: SecretsManagerClient;
  readonly endpoint: string;
  /** Names of the called operations, in order. */
  readonly calls: string[];
  /** Called before each operation with its name and input; throws to make it fail. Reset after each test. */
  before: (operation: string, input: unknown) => void;
  /** Called after each operation has taken effect; throws to lose the response. */
  after: (operation: string) => void;
};

export const outage = () => {
  throw new AwsError('InternalServiceError', 'An error occurred on the server side.');
};

/** Call it once at the top of a test file. @returns a getter of the shared state, valid once beforeAll has run */
export function useSecrets(): () => Secrets {
  const held: { secrets?: Secrets; server?: Endpoint } = {};
  const get = () => {
    if (held.secrets === undefined) throw new Error('Secrets Manager has not started');
    return held.secrets;
  };
  beforeAll(async () => {
    const real = createSecretsManager([], () => undefined);
    const watched: Operations = Object.fromEntries(
      Object.entries(real).map(([target, operation]) => [
        target,
        (input: unknown) => {
          const name = target.replace('secretsmanager.', '');
          get().calls.push(name);
          get().before(name, input);
          const answer = operation(input);
          get().after(name);
          return answer;
        },
      ]),
    );
    held.server = await serveAwsJson(watched);
    held.secrets = {
      client: new SecretsManagerClient({
        endpoint: held.server.endpoint,
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        maxAttempts: 1,
      }),
      endpoint: held.server.endpoint,
      calls: [],
      before: () => undefined,
      after: () => undefined,
    };
  });
  afterEach(() => {
    get().before = () => undefined;
    get().after = () => undefined;
    get().calls.length = 0;
  });
  afterAll(() => {
    held.secrets?.client.destroy();
    held.server?.close();
  });
  return get;
}
