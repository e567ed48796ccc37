/** An HTTP connection to any SCIM service provider, which sends requests exactly as written (RFC 7644 section 3). */
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { parseJson } from '../common/json-text.ts';

export type Endpoint = {
  /** The SCIM root, for example `https://api.example.com/scim/v2`; a query is ignored. */
  readonly baseUrl: string;
  readonly token: string;
};
export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path after the SCIM root, with the query, percent-encoded as it is sent. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
  /** Authorization header; null: none. @default `Bearer` and the token */
  readonly authorization?: string | null;
};
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined if it is empty or not JSON. */
  readonly json: unknown;
  /** Time from sending the request to the last byte of the response. */
  readonly milliseconds: number;
};
/** No usable response: the server is unreachable, does not speak HTTP, or takes too long. */
export class Unanswered extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unanswered';
  }
}
export type Connection = {
  /** @throws Unanswered */
  send(request: Request): Promise<Answer>;
  close(): void;
};

/** The timeout of Okta. */
const TIMEOUT_MS = 60_000;
const BODY_LIMIT = 64 * 1024 * 1024;

const readText = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT) throw new Unanswered(`the response is longer than ${BODY_LIMIT} bytes`);
    chunks.push(bytes);
  }
  const body = Buffer.concat(chunks);
  const zipped = body.length > 0 && message.headers['content-encoding'] === 'gzip';
  return (zipped ? gunzipSync(body, { maxOutputLength: BODY_LIMIT }) : body).toString('utf8');
};

const MIN_SECRET_LENGTH = 8;

/** Removes a token that the server repeats, so that it does not end up in a report. */
const withoutToken = (text: string, token: string): string =>
  token.length < MIN_SECRET_LENGTH ? text : text.replaceAll(token, '[token]');

const toUnanswered = (error: unknown): Unanswered => {
  if (error instanceof Unanswered) return error;
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Unanswered(`no response within ${TIMEOUT_MS / 1000} seconds`, { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new Unanswered(`no response (${code})`, { cause: error });
};

/** Opens a connection. @param limit maximum number of concurrent requests */
export function openConnection({ baseUrl, token }: Endpoint, limit: number): Connection {
  const root = new URL(baseUrl);
  const path = root.pathname.replace(/\/+$/, '');
  const isSecure = root.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: limit };
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);

  const toHeaders = ({ headers = {}, authorization = `Bearer ${token}` }: Request, body: string | undefined) => ({
    ...(authorization === null ? {} : { Authorization: authorization }),
    ...headers,
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  });

  const sendOnce = (request: Request, body: string | undefined): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const message = (isSecure ? requestHttps : requestHttp)(
        {
          agent,
          protocol: root.protocol,
          hostname: root.hostname.replace(/^\[|\]$/g, ''),
          port: root.port,
          method: request.method,
          path: `${path}${request.target}`,
          headers: toHeaders(request, body),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        },
        resolve,
      );
      message.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed a kept-alive connection before it read the request, so sending it again is safe.
        const isStale = message.reusedSocket && error.code === 'ECONNRESET';
        isStale ? sendOnce(request, body).then(resolve, reject) : reject(error);
      });
      message.end(body);
    });

  return {
    async send(request) {
      const body = typeof request.body === 'object' ? JSON.stringify(request.body) : request.body;
      const start = performance.now();
      try {
        const message = await sendOnce(request, body);
        const text = withoutToken(await readText(message), token);
        const { statusCode: status = 0, headers } = message;
        return { status, headers, text, json: parseJson(text), milliseconds: performance.now() - start };
      } catch (error) {
        throw toUnanswered(error);
      }
    },
    close: () => agent.destroy(),
  };
}
