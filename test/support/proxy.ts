/** A proxy in front of a server, through which a test alters requests and responses. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

export type Passing = {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The operation, in a request of the AWS JSON protocol. */
  readonly target?: string;
  /** Resets the connection, without a response. */
  readonly hangUp: () => void;
};
export type Passed = { status: number; headers: Record<string, string>; body: string };
/** Handles a request: may forward it, alter the response, or respond itself. */
export type Meddle = (request: Passing, forward: () => Promise<Passed>) => Promise<Passed>;

const FORWARDED = [
  'authorization',
  'content-type',
  'accept',
  'if-match',
  'if-none-match',
  'x-amz-target',
  'x-amz-date',
];

const toForwarded = ({ headers }: IncomingMessage): Headers =>
  new Headers(
    FORWARDED.flatMap((name): [string, string][] => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );

/** Starts the proxy. @param origin of the server, called only after the file's beforeAll hooks */
export function useProxy(origin: () => string | Promise<string>) {
  const held: { server?: Server; meddle: Meddle } = { meddle: (_, forward) => forward() };
  beforeAll(async () => {
    // Idle connections stay open, so that no request meets one that is being closed.
    held.server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const { method = 'GET', url = '/' } = request;
      const forward = async (): Promise<Passed> => {
        const init = { method, headers: toForwarded(request), ...(body === '' ? {} : { body }) };
        const answer = await fetch(`${await origin()}${url}`, init);
        const {
          'content-length': _,
          'transfer-encoding': __,
          connection: ___,
          ...kept
        } = Object.fromEntries(answer.headers);
        return { status: answer.status, headers: kept, body: await answer.text() };
      };
      const target = request.headers['x-amz-target'];
      const hangUp = () => void request.socket.resetAndDestroy();
      const passing = { method, path: url, body, hangUp, ...(typeof target === 'string' ? { target } : {}) };
      const { status, headers, body: text } = await held.meddle(passing, forward);
      response.writeHead(status, headers).end(text === '' ? undefined : text);
    });
    await new Promise<void>((resolve) => held.server?.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    held.server?.close();
    held.server?.closeAllConnections();
  });
  return {
    origin: (): string => {
      const address = held.server?.address() as AddressInfo;
      return `http://127.0.0.1:${address.port}`;
    },
    meddle: (meddle: Meddle): void => {
      held.meddle = meddle;
    },
  };
}
