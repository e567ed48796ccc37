/** The port of the local run: taken first, so that a busy one fails before anything else is begun. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalRunError } from '../local-run-error.ts';
import { gatewayAnswer, send } from './answer.ts';

export type Port = {
  readonly port: number;
  /** Who answers from now on; until the first call every request gets 503. */
  serve(listener: RequestListener): void;
  /** No new requests; those under way have two seconds. */
  close(): Promise<void>;
};

const CLOSE_MS = 2000;
// Longer than clients keep an idle connection, so that none meets one that we are closing.
const KEEP_ALIVE_MS = 65_000;

const sentence = (port: number, error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') return `Port ${port} is in use: choose another with --port, or 0 for a free one.`;
  return `Port ${port} cannot be opened: ${error.message}`;
};

/**
 * @param port 0 takes a free one
 * @throws LocalRunError when it is taken
 */
export async function openPort(port: number): Promise<Port> {
  let answer: RequestListener = (_request, response) =>
    send(response, randomUUID(), gatewayAnswer('DEFAULT_5XX').answer);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new LocalRunError(sentence(port, error), { cause: error })));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve(listener) {
      answer = listener;
    },
    close: () =>
      new Promise((resolve) => {
        const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        server.close(() => {
          clearTimeout(impatient);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
