/** Converts an API Gateway REST proxy event to a request of the admin API, and its answer back. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { bodyOf, headersOf, hostOf, queryOf } from './proxy-request.ts';
import { VERSION_SEGMENT } from './routes.ts';

/** Splits `/scim/admin/directories` at `/admin`. The prefix belongs to the stage or a custom domain. */
const PATH = /^(?<prefix>.*?)\/admin(?<path>\/.*)?$/;

export const toAdminRequest = (
  event: APIGatewayProxyEvent,
  { scheme, seconds }: { scheme: string; seconds: number },
) => {
  const { path: fullPath, requestId } = event.requestContext;
  const { prefix = '', path = '' } = PATH.exec(fullPath)?.groups ?? {};
  const body = bodyOf(event);
  return {
    method: event.httpMethod,
    path,
    query: queryOf(event),
    body: body === undefined || typeof body === 'string' ? body : Buffer.from(body).toString(),
    contentType: headersOf(event).get('content-type'),
    deadline: Date.now() + seconds * 1000,
    baseUrl: `${scheme}://${hostOf(event)}${prefix}/${VERSION_SEGMENT}`,
    requestId,
  };
};

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
export const fromAdminAnswer = ({ status, headers, body }: Answer): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { ...headers, 'Cache-Control': 'no-store' },
  body,
});
