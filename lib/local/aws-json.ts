/**
 * A loopback server for the AWS JSON 1.1 protocol: the header X-Amz-Target names the operation, errors carry their
 * class in `__type`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { isLocalProgram } from './local-program.ts';

/** An error that the SDK throws as the exception class named by `type`. */
export class AwsError extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}

/** Handlers by target (`secretsmanager.GetSecretValue`). Each gets the parsed body and throws AwsError to refuse. */
export type Operations = Readonly<Record<string, (input: unknown) => unknown>>;
export type Endpoint = { readonly endpoint: string; close(): void };

const readBody = async (stream: AsyncIterable<Buffer>) => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

type Answer = { readonly status: number; readonly body: unknown };
const refusal = (status: number, type: string, message: string): Answer => ({
  status,
  body: { __type: type, Message: message },
});

const toAnswer = (error: unknown): Answer => {
  if (error instanceof AwsError) return refusal(400, error.name, error.message);
  if (error instanceof z.ZodError) return refusal(400, 'ValidationException', z.prettifyError(error));
  console.error(error);
  return refusal(500, 'InternalServiceError', 'The local stand-in failed.');
};

/** Serves the operations on a free port of the loopback interface. */
export async function serveAwsJson(operations: Operations): Promise<Endpoint> {
  const handlers = new Map(Object.entries(operations));
  const perform = (target: string, body: string): Answer => {
    try {
      const operation = handlers.get(target);
      if (operation === undefined)
        throw new AwsError('UnknownOperationException', `${target} is not supported locally.`);
      return { status: 200, body: operation(JSON.parse(body)) };
    } catch (error) {
      return toAnswer(error);
    }
  };
  // Idle connections stay open: a client that was suspended would send its next request into a closed one.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const answer = async () => {
      if (!isLocalProgram(request)) return void response.writeHead(403).end();
      const { status, body } = perform(String(request.headers['x-amz-target']), await readBody(request));
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
