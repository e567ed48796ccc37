/** Reads an API Gateway REST proxy event, for all functions that serve requests. */
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** @returns the last value of each query parameter */
export const queryOf = ({
  multiValueQueryStringParameters,
}: Pick<APIGatewayProxyEvent, 'multiValueQueryStringParameters'>): ReadonlyMap<string, string> =>
  new Map(Object.entries(multiValueQueryStringParameters ?? {}).map(([name, values]) => [name, values?.at(-1) ?? '']));

/** In base64 the bytes are as the client sent them: otherwise API Gateway replaces those that are not UTF-8. */
export const bodyOf = ({ body, isBase64Encoded }: APIGatewayProxyEvent): string | Uint8Array | undefined =>
  isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? undefined);

/** Headers by their name in lower case. */
export const headersOf = ({ headers }: APIGatewayProxyEvent): ReadonlyMap<string, string | undefined> =>
  new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The host that the client addressed, never from an X-Forwarded header. */
export const hostOf = (event: APIGatewayProxyEvent): string =>
  event.requestContext.domainName ?? headersOf(event).get('host') ?? '';
