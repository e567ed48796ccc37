/** Responses of the gateway: those of a function, and its own. */
import type { ServerResponse } from 'node:http';
import type { APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';
import {
  type GatewayResponseType,
  gatewayResponseBody,
  gatewayResponseHeaders,
  gatewayResponses,
} from '../../lambda/gateway-responses.ts';

/** Thrown to end a request with a response of the gateway itself. */
export class GatewayAnswer extends Error {
  readonly answer: APIGatewayProxyResult;
  constructor(answer: APIGatewayProxyResult) {
    super(`the gateway answered ${answer.statusCode}`);
    this.answer = answer;
  }
}

/** The gateway response of this type, as the stack configures it. */
export const gatewayAnswer = (type: GatewayResponseType): GatewayAnswer => {
  const response = gatewayResponses[type];
  return new GatewayAnswer({
    statusCode: response.status,
    headers: gatewayResponseHeaders(response),
    body: gatewayResponseBody(response),
  });
};

// API Gateway's own responses to oversized requests; their shape cannot be configured.
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
/** A valid response of a Lambda proxy integration; anything else is an integration failure. */
export const ProxyAnswer = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), HeaderValue.optional()).default({}),
  multiValueHeaders: z.record(z.string(), z.array(HeaderValue).optional()).default({}),
  body: z.string().nullish(),
});
export type ProxyAnswer = z.infer<typeof ProxyAnswer>;

// API Gateway renames it: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
const remapped = (name: string) =>
  name.toLowerCase() === 'www-authenticate' ? 'x-amzn-Remapped-WWW-Authenticate' : name;

/** A function's response as the client receives it. */
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

/** Sends a response. @param requestId value of `x-amzn-RequestId`, by which a client's report is found in the log */
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
