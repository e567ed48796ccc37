/** Sends requests exactly as written; fetch would normalize paths and headers. */
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEvent, APIGatewayTokenAuthorizerEvent, Context } from 'aws-lambda';
import { onTestFinished, vi } from 'vitest';
import { createGateway, type GatewayProps, type ProxyHandler } from '../../../lib/local/gateway/gateway.ts';

export type RawAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };
export type RawRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>> | readonly string[];
  readonly body?: string | Buffer;
};

export const sendRaw = (port: number, path: string, { method = 'GET', headers = {}, body }: RawRequest = {}) =>
  new Promise<RawAnswer>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
    });
    sent.on('error', reject).end(body);
  });

/** Serves the listener on a free port until the test ends. */
const listen = async (listener: RequestListener): Promise<number> => {
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
};

const allowAll = (event: APIGatewayTokenAuthorizerEvent) => ({
  principalId: 'acme',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: event.methodArn.replace(/\/[A-Z]+\/.*$/, '/*') },
    ],
  },
  context: { directory: 'acme', scopes: 2 },
});

export const TOKEN = 'scim_0_t1_abcdef';
export const bearer = { Authorization: `Bearer ${TOKEN}` };

/** Starts a gateway whose functions echo their event. Each handler can be replaced. */
export const startGateway = async (props: Partial<GatewayProps> = {}) => {
  const echo = (fn: string): ProxyHandler =>
    vi.fn(async (event: APIGatewayProxyEvent, context: Context) => ({
      statusCode: 200,
      headers: { 'Content-Type': 'application/scim+json' },
      body: JSON.stringify({ fn, name: context.functionName, event }),
    }));
  const authorizer = vi.fn(async (event: APIGatewayTokenAuthorizerEvent): Promise<unknown> => allowAll(event));
  const port = await listen(
    createGateway({
      handlers: {
        users: echo('users'),
        groups: echo('groups'),
        discovery: echo('discovery'),
        admin: echo('admin'),
        events: echo('events'),
      },
      authorizer,
      ...props,
    }),
  );
  return { port, authorizer, send: (path: string, request: RawRequest = {}) => sendRaw(port, path, request) };
};
