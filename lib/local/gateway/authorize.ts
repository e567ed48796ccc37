/**
 * Authorization of a route: a TOKEN authorizer with its cache or, in place of an AWS signature, a check that the caller
 * is a program on this machine.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { isFresh } from '../../common/cached.ts';
import { TOKEN_HEADER_EXPRESSION } from '../../lambda/authorizer-expression.ts';
import { AUTHORIZER_CACHE_SECONDS } from '../../lambda/times.ts';
import { isLocalProgram } from '../local-program.ts';
import { GatewayAnswer, gatewayAnswer } from './answer.ts';
import { AuthorizerAnswer, isAllowed } from './policy.ts';

/** Called as Lambda calls it; the result is validated. */
export type AuthorizerHandler = (event: APIGatewayTokenAuthorizerEvent) => Promise<unknown>;
/** @throws GatewayAnswer if the request is not authorized */
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

/** Caches results by token, including a Deny but not errors. The policy is evaluated for each method and path. */
export function createAuthorize(authorizer: AuthorizerHandler): Authorize {
  const cache = new Map<string, { readonly began: number; readonly answer: AuthorizerAnswer }>();
  const evaluate = async (header: string, methodArn: string) => {
    const cached = cache.get(header);
    if (cached !== undefined && isFresh(cached.began, AUTHORIZER_CACHE_SECONDS, Date.now())) return cached.answer;
    const parsed = AuthorizerAnswer.safeParse(
      await invoke(authorizer, { type: 'TOKEN', authorizationToken: header, methodArn }),
    );
    if (!parsed.success) throw gatewayAnswer('AUTHORIZER_CONFIGURATION_ERROR');
    const now = Date.now();
    for (const [token, { began }] of cache) if (!isFresh(began, AUTHORIZER_CACHE_SECONDS, now)) cache.delete(token);
    cache.set(header, { began: now, answer: parsed.data });
    return parsed.data;
  };
  return async (header, methodArn) => {
    if (header === undefined || !expression.test(header)) throw gatewayAnswer('UNAUTHORIZED');
    const answer = await evaluate(header, methodArn);
    if (!isAllowed(answer, methodArn)) throw gatewayAnswer('ACCESS_DENIED');
    return answer;
  };
}

/** Problem details, as the admin API answers itself. */
const forbidden = {
  status: 403,
  title: 'Forbidden',
  detail: 'The admin API of a local run accepts requests from programs on this machine, not from web pages.',
};
/** Refuses web pages. @throws GatewayAnswer 403 */
export function requireLocalProgram(request: IncomingMessage): void {
  if (isLocalProgram(request)) return;
  throw new GatewayAnswer({
    statusCode: forbidden.status,
    headers: { 'Content-Type': 'application/problem+json' },
    body: JSON.stringify(forbidden),
  });
}
