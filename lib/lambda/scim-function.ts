/** Handler of the SCIM routes: the core on the DynamoDB store, for the directory of the token. */
import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { cached } from '../common/cached.ts';
import {
  type Caller,
  createServiceProvider,
  ScimError,
  type ScimResponse,
  toErrorBody,
  unavailable,
} from '../scim/index.ts';
import { createGuard, whyPaused } from '../store/directories/deactivation-guard.ts';
import { createDirectories } from '../store/directories/directories.ts';
import { createStore } from '../store/dynamodb-store.ts';
import type { Directory } from '../store/items/directory-item.ts';
import { createTableClient } from '../store/table/client.ts';
import { startRequest } from '../store/table/request-time.ts';
import { createDirectoryAccess } from '../store/tokens/directory-access.ts';
import { createTokenUse } from '../store/tokens/token-use.ts';
import { parseEnvironment } from './environment.ts';
import { type GatewayResponse, gatewayResponses } from './gateway-responses.ts';
import { logFailure, SCIM_JSON, scimErrors } from './scim-errors.ts';
import { readTokenContext, type TokenContext, toScimRequest } from './scim-request.ts';
import { DIRECTORY_CACHE_SECONDS, WORK_SECONDS } from './times.ts';
import { checkToken, isInScope } from './token-check.ts';
import { createUsageRecord } from './usage.ts';

// A constant, because an object literal is checked against the middleware's type, which lacks reportingEndpoints.
const securityHeaders = {
  reportingEndpoints: false,
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false, preload: false },
};

const toResult = ({ status, headers, body }: ScimResponse): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { ...headers, ...(body === undefined ? {} : SCIM_JSON), 'Cache-Control': 'no-store' },
  body: body === undefined ? '' : JSON.stringify(body),
});

/** Responds with 503 shortly before the function times out, if the table has not responded by then. */
const outOfTime = {
  timeoutEarlyInMillis: 500,
  timeoutEarlyResponse: () => {
    throw unavailable(new Error('the function ran out of time'));
  },
};

/** Time reserved for the response after the work has ended. */
const SPARE_MILLISECONDS = 1500;
const deadlineOf = (context: Context): number =>
  Date.now() + Math.min(WORK_SECONDS * 1000, context.getRemainingTimeInMillis() - SPARE_MILLISECONDS);

/** A response of API Gateway itself, word for word, because which of the two refuses depends on caches. */
const gatewayResponse = (type: 'UNAUTHORIZED' | 'ACCESS_DENIED'): ScimResponse => {
  const response: GatewayResponse = gatewayResponses[type];
  const error = new ScimError(response.status, response.detail, { headers: response.headers ?? {} });
  return { status: error.status, headers: error.headers, body: toErrorBody(error), error };
};

export type ScimFunctionOptions = {
  /** Notes the use of the token and the first successful request of the directory. @default true */
  readonly recordsUsage?: boolean;
};

export function createScimFunction({ recordsUsage = true }: ScimFunctionOptions = {}) {
  const { tableName, scheme } = parseEnvironment(['tableName', 'scheme']);
  const table = { client: createTableClient(), tableName };
  const serve = createServiceProvider(({ deadline }) => createStore({ ...table, request: startRequest(deadline) }));
  const directories = createDirectories(table);
  const readAccess = cached(createDirectoryAccess(table), { seconds: DIRECTORY_CACHE_SECONDS });
  const countDeactivation = createGuard(table);
  const recordUsage = createUsageRecord({
    noteUse: createTokenUse(table).note,
    connect: directories.connect,
    forget: readAccess.forget,
  });

  const guardOf = ({ id, guard }: Directory, { actor, deadline }: Pick<Caller, 'actor' | 'deadline'>) =>
    guard &&
    (async (type: { readonly name: string }) => {
      try {
        await countDeactivation({ directory: { id, guard }, type: type.name, actor, deadline });
      } catch (error) {
        // The cached directory may be outdated, for example because the guard has paused it.
        readAccess.forget(id);
        throw error;
      }
    });

  /** @returns undefined for a token that is refused */
  const openDirectory = async (token: TokenContext): Promise<Directory | undefined> => {
    const access = await readAccess(token.directory);
    const verdict = checkToken(token, access, Date.now());
    if (verdict !== 'unclear') return verdict === 'valid' ? access?.directory : undefined;
    readAccess.forget(token.directory);
    const latest = await readAccess(token.directory);
    return checkToken(token, latest, Date.now()) === 'valid' ? latest?.directory : undefined;
  };

  const answer = async (event: APIGatewayProxyEvent, context: Context): Promise<ScimResponse> => {
    const token = readTokenContext(event);
    const { tokenId, tokenName } = token;
    const directory = await openDirectory(token);
    if (directory === undefined) return gatewayResponse('UNAUTHORIZED');
    const request = toScimRequest(event, scheme);
    if (!isInScope(token, request)) return gatewayResponse('ACCESS_DENIED');
    const { requestId } = event.requestContext;
    const actor = { kind: 'provisioning-client', tokenId, tokenName, requestId } as const;
    const deadline = deadlineOf(context);
    const caller: Caller = {
      directory,
      actor,
      reason: 'change',
      deadline,
      paused: whyPaused(directory),
      guard: guardOf(directory, { actor, deadline }),
    };
    const work = () => serve(request, caller);
    return recordsUsage ? recordUsage({ directory, actor, tokenId }, work) : work();
  };

  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>(outOfTime)
    .use(httpHeaderNormalizer())
    .use(httpSecurityHeaders(securityHeaders))
    .use(scimErrors())
    .handler(async (event, context) => {
      const response = await answer(event, context);
      if (response.status >= 500 && response.status !== 501) logFailure(event, response.error);
      return toResult(response);
    });
}
