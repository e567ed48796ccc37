/** The port of the local run, opened first so that a busy port fails before anything else starts. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalRunError } from '../local-run-error.ts';
import { gatewayAnswer, send } from './answer.ts';

export type Port = {
  readonly port: number;
  /** Sets the listener. Before the first call, every request is answered with 503. */
  serve(listener: RequestListener): void;
  /** Stops accepting requests, and gives those in progress two seconds. */
  close(): Promise<void>;
};

const CLOSE_MS = 2000;
// Longer than clients keep an idle connection, so that none sends a request into one that is being closed.
const KEEP_ALIVE_MS = 65_000;

const toMessage = (port: number, error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') return `Port ${port} is in use: choose another with --port, or 0 for a free one.`;
  return `Port ${port} cannot be opened (${error.message}): choose another with --port.`;
};

/**
 * Opens a port on the loopback interface.
 * @param port 0 picks a free one
 * @throws LocalRunError if the port is in use or cannot be opened
 */
export async function openPort(port: number): Promise<Port> {
  let answer: RequestListener = (_request, response) =>
    send(response, randomUUID(), gatewayAnswer('DEFAULT_5XX').answer);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new LocalRunError(toMessage(port, error), { cause: error })));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve(listener) {
      answer = listener;
    },
    close: () =>
      new Promise((resolve) => {
        const timeout = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        server.close(() => {
          clearTimeout(timeout);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
