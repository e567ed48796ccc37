/** Converts an API Gateway REST proxy event to a SCIM request (AWS: Lambda proxy integration input format). */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import type { ScimRequest } from '../scim/index.ts';
import { bodyOf, headersOf, hostOf, queryOf } from './proxy-request.ts';
import { VERSION_SEGMENT } from './routes.ts';

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const toSegments = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');

/** The number of segments at the end of the path that the route matched; the others are a stage or a base path. */
const matchedCount = (segments: readonly string[], { resource, pathParameters }: APIGatewayProxyEvent): number => {
  const literals = toSegments(resource).filter((segment) => !segment.startsWith('{')).length;
  const proxy = toSegments(decode(pathParameters?.proxy ?? '')).join('/');
  if (proxy === '') return literals;
  // An encoded slash is one segment of the path, but decoded it is two of the parameter.
  const isProxy = (count: number) => toSegments(segments.slice(-count).map(decode).join('/')).join('/') === proxy;
  const count = segments.findLastIndex((_, i) => isProxy(segments.length - i));
  return literals + (count < 0 ? 0 : segments.length - count);
};

/** A path that is no endpoint. */
const UNKNOWN = '';

/**
 * Splits the path after the SCIM root, and ignores repeated and trailing slashes. The root is the path without what the
 * route matched, so that a base path may contain `v2` too; below it, only `v2` is served.
 */
const splitPath = (
  event: APIGatewayProxyEvent,
): { readonly root: readonly string[]; readonly rest: readonly string[] } => {
  const segments = toSegments(event.requestContext.path);
  const start = segments.length - matchedCount(segments, event);
  const [version, ...rest] = segments.slice(start);
  if (version !== VERSION_SEGMENT) return { root: segments.slice(0, start), rest: [UNKNOWN, ...segments.slice(start)] };
  return { root: segments.slice(0, start + 1), rest };
};

/**
 * Takes the base URL from the host and path that the client addressed (`/scim/v2`, or a custom domain with its own
 * prefix), never from an X-Forwarded header.
 * @param event with header names in lower case
 */
export function toScimRequest(event: APIGatewayProxyEvent, scheme: string): ScimRequest {
  const { root, rest } = splitPath(event);
  const headers = headersOf(event);
  return {
    method: event.httpMethod,
    path: rest.map(decode),
    query: queryOf(event),
    header: (name) => headers.get(name),
    body: bodyOf(event),
    baseUrl: [`${scheme}://${hostOf(event)}`, ...root].join('/'),
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
