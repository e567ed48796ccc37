import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTable } from '../../lib/store/table/calls.ts';
import { createTableClient } from '../../lib/store/table/client.ts';

const held: { server?: Server } = {};
const asked: string[] = [];
beforeAll(async () => {
  const server = createServer((request, response) => {
    asked.push(String(request.headers['x-amz-target']));
    if (asked.length > 1) response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  held.server = server;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
});
afterAll(() => {
  held.server?.closeAllConnections();
  held.server?.close();
});

test('a call without a response times out after five seconds and is retried', async () => {
  const table = openTable({ client: createTableClient(), tableName: 'rollcall' });
  expect(await table.get({ pk: 'acme', sk: 'DIRECTORY' })).toBeUndefined();
  expect(asked).toEqual(['DynamoDB_20120810.GetItem', 'DynamoDB_20120810.GetItem']);
});
