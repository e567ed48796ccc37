/** An in-memory engine with the table `rollcall`, for one test file. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { type Engine, startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';

export const TABLE_NAME = 'rollcall';

/**
 * Starts the engine. Call it once at the top of a test file.
 * @param options `stream: false` for tests with many writes: a stream slows writes down with every record in it
 * @returns a getter of the engine's client, valid once beforeAll has run
 */
export function useEngine({ stream = true }: { readonly stream?: boolean } = {}): () => DynamoDBClient {
  const held: { engine?: Engine; client?: DynamoDBClient } = {};
  beforeAll(async () => {
    held.engine = await startEngine();
    held.client = new DynamoDBClient({
      endpoint: held.engine.endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    await createTable(held.client, TABLE_NAME, { stream });
  });
  afterAll(async () => {
    held.client?.destroy();
    await held.engine?.stop();
  });
  return () => {
    if (held.client === undefined) throw new Error('the engine has not started');
    return held.client;
  };
}
