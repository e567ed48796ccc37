/** An API Gateway REST API on node:http: routes, authorization, the Lambda proxy integration and its limits. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type RoutedFunction, STAGE } from '../../lambda/routes.ts';
import { createContext } from '../invocation-context.ts';
import {
  fromFunction,
  GatewayAnswer,
  gatewayAnswer,
  over10Megabytes,
  ProxyAnswer,
  requestTooLong,
  send,
} from './answer.ts';
import { type AuthorizerHandler, createAuthorize, requireLocalProgram } from './authorize.ts';
import { type RoutedRequest, toProxyEvent } from './proxy-event.ts';
import { matchRoute } from './route-match.ts';

/** Called as Lambda calls it; the result is validated. */
export type ProxyHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<unknown>;
export type GatewayProps = {
  readonly handlers: Readonly<Record<RoutedFunction, ProxyHandler>>;
  readonly authorizer: AuthorizerHandler;
  /** @default 29,000, the limit of API Gateway */
  readonly integrationTimeoutMilliseconds?: number;
};

const API_ARN = 'arn:aws:execute-api:local:000000000000:local';
const REQUEST_BYTES = 10 * 1024 * 1024;
/** Lambda's limit for an event and, with 100 bytes more, for a response, both measured as JSON. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;
const ANSWER_BYTES = PAYLOAD_BYTES + 100;
/** JSON escapes a character to at most six bytes, so a shorter text always fits and is not measured. */
const CERTAINLY_FITS = 1024 * 1024;

const route = (request: IncomingMessage, id: string): RoutedRequest => {
  const [rawPath = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  const [, stage, ...rest] = rawPath.split('/');
  const path = `/${rest.join('/')}`;
  const match = stage === STAGE ? matchRoute(path) : undefined;
  if (match === undefined) throw gatewayAnswer('MISSING_AUTHENTICATION_TOKEN');
  return { ...match, id, method: request.method ?? 'GET', path, query };
};

/** @returns base64, as for every media type that the API declares as binary */
const readBody = async (request: IncomingMessage): Promise<string | null> => {
  if (Number(request.headers['content-length'] ?? 0) > REQUEST_BYTES) throw over10Megabytes();
  if (request.destroyed) throw new Error('the client disconnected');
  const chunks: Buffer[] = [];
  let size = 0;
  // Not with `for await`: on an early exit it destroys the connection before the response is sent.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= REQUEST_BYTES) chunks.push(chunk);
      else reject(over10Megabytes());
    });
    request.once('end', resolve).once('error', reject).once('close', reject);
  });
  return size === 0 ? null : Buffer.concat(chunks).toString('base64');
};

const exceeds = (limit: number, payload: unknown, text: string | null | undefined) =>
  (text ?? '').length > CERTAINLY_FITS && Buffer.byteLength(JSON.stringify(payload)) > limit;

/** Waits for the function as long as API Gateway does; a timeout does not stop the function. */
const withTimeout = async <T>(work: Promise<T>, milliseconds: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(gatewayAnswer('INTEGRATION_TIMEOUT')), milliseconds);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
};

/** Creates a node:http listener that answers every request itself. */
export function createGateway({
  handlers,
  authorizer,
  integrationTimeoutMilliseconds = 29_000,
}: GatewayProps): RequestListener {
  const authorize = createAuthorize(authorizer);
  const serve = async (request: IncomingMessage, id: string): Promise<APIGatewayProxyResult> => {
    const routed = route(request, id);
    const { fn, authorization } = routed.route;
    if (authorization === 'iam') requireLocalProgram(request);
    const authorized =
      authorization === 'token'
        ? await authorize(request.headers.authorization, `${API_ARN}/${STAGE}/${routed.method}${routed.path}`)
        : undefined;
    const event = toProxyEvent(request, routed, { authorized, body: await readBody(request) });
    if (exceeds(PAYLOAD_BYTES, event, event.body)) throw requestTooLong();
    const answer = ProxyAnswer.parse(
      await withTimeout(handlers[fn](event, createContext(fn)), integrationTimeoutMilliseconds),
    );
    if (exceeds(ANSWER_BYTES, answer, answer.body)) throw new Error(`the response of ${fn} is larger than 6 MB`);
    return fromFunction(answer);
  };
  return (request, response) => {
    const id = randomUUID();
    const refuse = (error: unknown) => {
      if (request.destroyed && !request.complete) return; // the client disconnected while sending its body
      if (!(error instanceof GatewayAnswer)) console.error(error);
      send(response, id, error instanceof GatewayAnswer ? error.answer : gatewayAnswer('INTEGRATION_FAILURE').answer);
    };
    serve(request, id)
      .then((answer) => send(response, id, answer))
      .catch(refuse)
      .catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
  };
}
