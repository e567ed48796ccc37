/** The admin function behind a small HTTP server, with an engine and a Secrets Manager, for one test file. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { afterAll, beforeAll } from 'vitest';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { type Secrets, useSecrets } from '../support/secrets.ts';

const TOKEN_SECRET_PREFIX = 'rollcall/test/tokens';

export type Received = { readonly message: IncomingMessage; readonly body: string };

export type AdminServer = {
  /** For example `http://127.0.0.1:4711/scim`. */
  readonly url: string;
  readonly secrets: Secrets;
  /** Received requests, in order. */
  readonly requests: Received[];
};

const readText = async (stream: AsyncIterable<Buffer>) => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** Converts a request to the stage `scim` to the event that API Gateway sends. */
export const toEvent = (request: { method: string; host: string; path: string; headers?: object; body?: string }) =>
  ({
    httpMethod: request.method,
    path: request.path.replace(/^\/scim/, '').replace(/\?.*$/, ''),
    headers: request.headers ?? { 'Content-Type': 'application/json' },
    multiValueQueryStringParameters: Object.fromEntries(
      [...new URL(request.path, 'http://x').searchParams].map(([name, value]) => [name, [value]]),
    ),
    body: request.body === undefined || request.body === '' ? null : request.body,
    isBase64Encoded: false,
    requestContext: { domainName: request.host, path: request.path.replace(/\?.*$/, ''), requestId: 'test' },
  }) as unknown as APIGatewayProxyEvent;

/** Call once at the top of a test file. @returns a getter of the server, for use inside tests */
export function useAdminServer(): () => AdminServer {
  const engine = useEngine();
  const secrets = useSecrets();
  const requests: Received[] = [];
  const held: { server?: Server; url?: string } = {};

  beforeAll(async () => {
    const { hostname, port, protocol } = (await engine().config.endpoint?.()) ?? {};
    Object.assign(process.env, {
      TABLE_NAME,
      TOKEN_SECRET_PREFIX,
      ROLLCALL_SCHEME: 'http',
      AWS_ENDPOINT_URL_DYNAMODB: `${protocol}//${hostname}:${port}`,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets().endpoint,
      AWS_MAX_ATTEMPTS: '1',
    });
    // The function reads its environment when the module is loaded, as in Lambda.
    const { handler } = await import('../../functions/admin.ts');
    const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
      const body = await readText(request);
      requests.push({ message: request, body });
      const event = toEvent({
        method: request.method ?? '',
        host: request.headers.host ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      });
      const answer: APIGatewayProxyResult = await handler(event, {} as Context);
      response.writeHead(answer.statusCode, answer.headers as Record<string, string>).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    held.server = server;
    held.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`;
  });
  afterAll(() => {
    held.server?.close();
    held.server?.closeAllConnections();
  });
  return () => ({ url: held.url ?? '', secrets: secrets(), requests });
}
