/**
 * Who may call a route: a TOKEN authorizer with its cache, or, in place of an AWS signature, a program on this machine.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { TOKEN_HEADER_EXPRESSION } from '../../lambda/authorizer-expression.ts';
import { gatewayResponseBody, gatewayResponseHeaders } from '../../lambda/gateway-responses.ts';
import { AUTHORIZER_CACHE_SECONDS } from '../../lambda/times.ts';
import { GatewayAnswer, gatewayAnswer } from './answer.ts';
import { AuthorizerAnswer, isAllowed } from './policy.ts';

/** As Lambda calls it; what it answers is parsed. */
export type AuthorizerHandler = (event: APIGatewayTokenAuthorizerEvent) => Promise<unknown>;
/** @throws GatewayAnswer when the request may not pass */
export type Authorize = (header: string | undefined, methodArn: string) => Promise<AuthorizerAnswer>;

const expression = new RegExp(TOKEN_HEADER_EXPRESSION);

const invoke = async (authorizer: AuthorizerHandler, event: APIGatewayTokenAuthorizerEvent) => {
  try {
    return await authorizer(event);
  } catch (error) {
    if (error instanceof Error && error.message === 'Unauthorized') throw gatewayAnswer('UNAUTHORIZED');
    console.error(error);
    throw gatewayAnswer('AUTHORIZER_FAILURE');
  }
};

/** Answers are remembered by token, a Deny as well; errors are not. The policy is judged anew for each method and path. */
export function createAuthorize(authorizer: AuthorizerHandler): Authorize {
  const cache = new Map<string, { readonly until: number; readonly answer: AuthorizerAnswer }>();
  const ask = async (header: string, methodArn: string) => {
    const known = cache.get(header);
    if (known !== undefined && known.until > Date.now()) return known.answer;
    const parsed = AuthorizerAnswer.safeParse(
      await invoke(authorizer, { type: 'TOKEN', authorizationToken: header, methodArn }),
    );
    if (!parsed.success) throw gatewayAnswer('AUTHORIZER_CONFIGURATION_ERROR');
    const now = Date.now();
    for (const [token, { until }] of cache) if (until <= now) cache.delete(token);
    cache.set(header, { until: now + AUTHORIZER_CACHE_SECONDS * 1000, answer: parsed.data });
    return parsed.data;
  };
  return async (header, methodArn) => {
    if (header === undefined || !expression.test(header)) throw gatewayAnswer('UNAUTHORIZED');
    const answer = await ask(header, methodArn);
    if (!isAllowed(answer, methodArn)) throw gatewayAnswer('ACCESS_DENIED');
    return answer;
  };
}

const forbidden = {
  status: 403,
  detail: 'The administration of a local run answers programs on this machine, not web pages.',
};
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/**
 * A page in the developer's browser reaches this port too: it sends an Origin, or, by a name of its own that it lets
 * point to this machine (DNS rebinding), a foreign Host.
 * @throws GatewayAnswer 403
 */
export function requireLocalProgram({ headers }: IncomingMessage): void {
  if (headers.origin === undefined && LOOPBACK_HOST.test(headers.host ?? '')) return;
  throw new GatewayAnswer({
    statusCode: forbidden.status,
    headers: gatewayResponseHeaders(forbidden),
    body: gatewayResponseBody(forbidden),
  });
}
