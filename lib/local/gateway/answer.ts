/** What leaves the gateway: a function's answer, or one of its own. */
import type { ServerResponse } from 'node:http';
import type { APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';
import {
  type GatewayResponseType,
  gatewayResponseBody,
  gatewayResponseHeaders,
  gatewayResponses,
} from '../../lambda/gateway-responses.ts';

/** Ends a request with an answer of the gateway itself. */
export class GatewayAnswer extends Error {
  readonly answer: APIGatewayProxyResult;
  constructor(answer: APIGatewayProxyResult) {
    super(`answered ${answer.statusCode} by the gateway`);
    this.answer = answer;
  }
}

/** The answer of this type, as the construct configures it. */
export const gatewayAnswer = (type: GatewayResponseType): GatewayAnswer => {
  const response = gatewayResponses[type];
  return new GatewayAnswer({
    statusCode: response.status,
    headers: gatewayResponseHeaders(response),
    body: gatewayResponseBody(response),
  });
};

// API Gateway answers these two by itself: neither shape can be configured.
export const over10Megabytes = (): GatewayAnswer =>
  new GatewayAnswer({
    statusCode: 413,
    headers: { 'Content-Type': 'text/plain' },
    body: 'HTTP content length exceeded 10485760 bytes.',
  });
export const requestTooLong = (): GatewayAnswer =>
  new GatewayAnswer({
    statusCode: 413,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: 'Request Too Long' }),
  });

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
/** What a Lambda proxy integration may answer; anything else is an integration failure. */
export const ProxyAnswer = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), HeaderValue.optional()).default({}),
  multiValueHeaders: z.record(z.string(), z.array(HeaderValue).optional()).default({}),
  body: z.string().nullish(),
});
export type ProxyAnswer = z.infer<typeof ProxyAnswer>;

// A function cannot send it: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
const remapped = (name: string) =>
  name.toLowerCase() === 'www-authenticate' ? 'x-amzn-Remapped-WWW-Authenticate' : name;

/** A function's answer as it reaches the client. */
export const fromFunction = (answer: ProxyAnswer): APIGatewayProxyResult => {
  const values = new Map<string, [string, string[]]>([['content-type', ['Content-Type', ['application/json']]]]);
  for (const [name, value] of [...Object.entries(answer.headers), ...Object.entries(answer.multiValueHeaders)])
    if (value !== undefined) values.set(name.toLowerCase(), [remapped(name), [value].flat()]);
  return {
    statusCode: answer.statusCode,
    multiValueHeaders: Object.fromEntries(values.values()),
    body: answer.body ?? '',
  };
};

/** Sends it. @param requestId what `x-amzn-RequestId` says, so a client's report can be found in the log */
export function send(response: ServerResponse, requestId: string, answer: APIGatewayProxyResult): void {
  const { statusCode, headers = {}, multiValueHeaders = {}, body } = answer;
  const empty = statusCode === 204 || statusCode === 304;
  const sent = Object.entries({ ...headers, ...multiValueHeaders }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.map(String) : String(value)] as const],
  );
  response.writeHead(statusCode, {
    ...Object.fromEntries(sent),
    'x-amzn-RequestId': requestId,
    ...(empty ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  });
  response.end(empty ? undefined : body);
}
