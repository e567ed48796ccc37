/**
 * The event of a Lambda proxy integration, in which a function receives a request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { STAGE } from '../../lambda/routes.ts';
import type { AuthorizerAnswer } from './policy.ts';
import type { RouteMatch } from './route-match.ts';

/** A request with its route. */
export type RoutedRequest = RouteMatch & {
  readonly id: string;
  readonly method: string;
  /** Below the stage, as sent. */
  readonly path: string;
  readonly query: string;
};

/** For each name, its last value and all of its values. */
const collect = (pairs: Iterable<readonly [string, string]>) => {
  const multi = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = multi.get(name);
    if (values === undefined) multi.set(name, [value]);
    else values.push(value);
  }
  return {
    single: Object.fromEntries([...multi].map(([name, values]) => [name, values.at(-1) ?? ''])),
    multi: Object.fromEntries(multi),
  };
};

const headerPairs = (raw: readonly string[]) =>
  raw.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, raw[i + 1] ?? '']] : []));

/** `21/Nov/2026:10:00:00 +0000` */
const commonLogTime = (time: Date) =>
  time.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1/$2/$3:$4 +0000');

const identity = (request: IncomingMessage, signed: boolean): APIGatewayProxyEvent['requestContext']['identity'] => ({
  sourceIp: request.socket.remoteAddress ?? '',
  userAgent: request.headers['user-agent'] ?? null,
  accessKey: null,
  accountId: signed ? '000000000000' : null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: signed ? 'arn:aws:iam::000000000000:user/local' : null,
});

/** @param authorized the authorizer's response; undefined on a route with an AWS signature */
export function toProxyEvent(
  request: IncomingMessage,
  routed: RoutedRequest,
  { authorized, body }: { readonly authorized: AuthorizerAnswer | undefined; readonly body: string | null },
): APIGatewayProxyEvent {
  const { id, method, path, query, route, proxy } = routed;
  const headers = collect(headerPairs(request.rawHeaders));
  const parameters = collect(new URLSearchParams(query));
  const now = new Date();
  return {
    resource: route.path,
    path,
    httpMethod: method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: query === '' ? null : parameters.single,
    multiValueQueryStringParameters: query === '' ? null : parameters.multi,
    pathParameters: proxy === undefined ? null : { proxy },
    stageVariables: null,
    body,
    isBase64Encoded: body !== null,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      resourceId: 'local',
      resourcePath: route.path,
      httpMethod: method,
      path: `/${STAGE}${path}`,
      stage: STAGE,
      protocol: 'HTTP/1.1',
      requestId: id,
      requestTimeEpoch: now.getTime(),
      requestTime: commonLogTime(now),
      domainName: request.headers.host ?? '127.0.0.1',
      authorizer: authorized === undefined ? undefined : { principalId: authorized.principalId, ...authorized.context },
      identity: identity(request, route.authorization === 'iam'),
    },
  };
}
