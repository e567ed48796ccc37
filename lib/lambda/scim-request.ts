/** Converts an API Gateway REST proxy event to a SCIM request (AWS: Lambda proxy integration input format). */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import type { ScimRequest } from '../scim/index.ts';
import { VERSION_SEGMENT } from './routes.ts';

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** Splits the path after the SCIM root, and ignores repeated and trailing slashes. */
const splitPath = (path: string): { readonly root: readonly string[]; readonly rest: readonly string[] } => {
  const segments = path.split('/').filter((segment) => segment !== '');
  const version = segments.indexOf(VERSION_SEGMENT);
  return version < 0
    ? { root: [], rest: segments }
    : { root: segments.slice(0, version + 1), rest: segments.slice(version + 1) };
};

const lastOf = (parameters: APIGatewayProxyEvent['multiValueQueryStringParameters']): ReadonlyMap<string, string> =>
  new Map(Object.entries(parameters ?? {}).map(([name, values]) => [name, values?.at(-1) ?? '']));

const bodyOf = ({ body, isBase64Encoded }: APIGatewayProxyEvent): string | undefined => {
  if (body === null || body === undefined) return undefined;
  return isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
};

/**
 * Takes the base URL from the host and path that the client addressed (`/scim/v2`, or a custom domain with its own
 * prefix), never from an X-Forwarded header.
 * @param event with header names in lower case
 */
export function toScimRequest(event: APIGatewayProxyEvent, scheme: string): ScimRequest {
  const { root, rest } = splitPath(event.requestContext.path);
  const headers = new Map(Object.entries(event.headers));
  const host = event.requestContext.domainName ?? headers.get('host') ?? '';
  return {
    method: event.httpMethod,
    path: rest.map(decode),
    query: lastOf(event.multiValueQueryStringParameters),
    header: (name) => headers.get(name),
    body: bodyOf(event),
    baseUrl: [`${scheme}://${host}`, ...root].join('/'),
  };
}

/** Facts about the token, set by the authorizer. */
const TokenContext = z.object({
  directory: z.string(),
  tokenId: z.string(),
  tokenName: z.string(),
  /** Separated by spaces. */
  scopes: z.optional(
    z.pipe(
      z.string(),
      z.transform((text: string): readonly string[] => text.split(' ')),
    ),
  ),
  /** ISO 8601 in UTC. */
  createdAt: z.optional(z.string()),
  expiresAt: z.optional(z.string()),
  /** `createdAt` of the directory that the token was created for. */
  incarnation: z.optional(z.string()),
});
export type TokenContext = z.infer<typeof TokenContext>;
export const readTokenContext = (event: APIGatewayProxyEvent): TokenContext =>
  TokenContext.parse(event.requestContext.authorizer);
