/** Invokes functions/webhook.ts as Lambda does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';
import { isSigned } from '../../lib/subscriber/verify-signature.ts';

const received: { body: string; signature: string }[] = [];
const answers: { status: (body: string) => number } = { status: () => 204 };
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    received.push({ body, signature: String(request.headers['x-rollcall-signature']) });
    response.writeHead(answers.status(body), { location: 'http://127.0.0.1:1/' }).end();
  });
});
const held: { secrets?: Endpoint; handler?: (event: SQSEvent) => Promise<SQSBatchResponse> } = {};
const SECRET = 'whsec_test';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const operations = createSecretsManager([], () => undefined);
  operations['secretsmanager.CreateSecret']?.({
    Name: 'webhook',
    SecretString: SECRET,
    ClientRequestToken: crypto.randomUUID(),
  });
  held.secrets = await serveAwsJson(operations);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', held.secrets.endpoint);
  vi.stubEnv('WEBHOOK_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  vi.stubEnv('WEBHOOK_SECRET_ARN', 'webhook');
  held.handler = (await import('../../functions/webhook.ts')).handler;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  held.secrets?.close();
  vi.unstubAllEnvs();
});
afterEach(() => {
  received.length = 0;
  answers.status = () => 204;
  vi.restoreAllMocks();
});

const hand = (...bodies: string[]) =>
  held.handler?.({ Records: bodies.map((body, i) => ({ messageId: String(i), body })) } as SQSEvent);

test('each event is posted unchanged, signed with the secret', async () => {
  expect(await hand('{"n":1}', '{"n":"ä"}')).toEqual({ batchItemFailures: [] });
  expect(received.map(({ body }) => body).sort()).toEqual(['{"n":"ä"}', '{"n":1}']);
  for (const one of received) expect(isSigned({ ...one, secret: SECRET })).toBe(true);
});

test.each([500, 401, 302])('only the event with a %i response is retried', async (status) => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  answers.status = (body) => (body.includes('2') ? status : 204);
  expect(await hand('{"n":1}', '{"n":2}', '{"n":3}')).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(JSON.stringify(log.mock.calls)).not.toContain(SECRET);
});
