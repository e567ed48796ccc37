/**
 * Runs the subscriber locally, for `npm start -- --forward http://127.0.0.1:9000` or for the stack's webhook:
 * `ROLLCALL_SECRET=whsec_... npx tsx examples/subscriber/server.ts [--port 9000]`. `GET /` shows its rows.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { parseArgs } from 'node:util';
import type { Row } from '../../lib/subscriber/apply-event.ts';
import { isSigned } from '../../lib/subscriber/verify-signature.ts';
import { parseEvent } from './event.ts';
import { type Rows, receive } from './receive.ts';

const { port } = parseArgs({ options: { port: { type: 'string', default: '9000' } } }).values;
const secret = process.env.ROLLCALL_SECRET ?? '';
if (secret === '') throw new Error('Set ROLLCALL_SECRET to the secret that npm start -- --forward prints.');

const stored = new Map<string, Row>();
const rows: Rows = {
  read: async (directory, key) => stored.get(`${directory}/${key}`),
  write: async (row, before) => {
    const name = `${row.directory}/${row.key}`;
    if (stored.get(name) !== before) return false;
    stored.set(name, row);
    return true;
  },
};

const readBody = async (request: IncomingMessage) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** @returns the status: 2xx accepts the event, any other status requests another delivery */
const handle = async (request: IncomingMessage): Promise<number> => {
  const body = await readBody(request);
  const signature = request.headers['x-rollcall-signature'];
  if (!isSigned({ body, signature: String(signature), secret })) return 401;
  const done = await receive(rows, parseEvent(body));
  if (done !== undefined) console.log(done);
  return 204;
};

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify([...stored.values()]));
    return;
  }
  void handle(request)
    .catch((error: unknown) => {
      console.error(error);
      return 500;
    })
    .then((status) => response.writeHead(status).end());
});
server.listen(Number(port), '127.0.0.1', () => console.log(`Waiting for events at http://127.0.0.1:${port}`));
