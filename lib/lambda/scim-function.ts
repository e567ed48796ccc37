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
import { createTokenUse } from '../store/tokens/token-use.ts';
import { parseEnvironment } from './environment.ts';
import { logFailure, SCIM_JSON, scimErrors } from './scim-errors.ts';
import { readTokenContext, toScimRequest } from './scim-request.ts';
import { DIRECTORY_CACHE_SECONDS, WORK_SECONDS } from './times.ts';
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

const directoryDeleted = (): ScimResponse => {
  const error = new ScimError(401, 'The directory of the token no longer exists.');
  return { status: error.status, headers: {}, body: toErrorBody(error), error };
};

const isLive = (directory: Directory | undefined): directory is Directory =>
  directory !== undefined && directory.status !== 'deleting';

export function createScimFunction() {
  const { tableName, scheme } = parseEnvironment(['tableName', 'scheme']);
  const table = { client: createTableClient(), tableName };
  const serve = createServiceProvider(createStore(table));
  const directories = createDirectories(table);
  const readDirectory = cached(directories.read, { seconds: DIRECTORY_CACHE_SECONDS });
  const countDeactivation = createGuard(table);
  const recordUsage = createUsageRecord({
    noteUse: createTokenUse(table).note,
    connect: directories.connect,
    forget: readDirectory.forget,
  });

  const guardOf = ({ id, guard }: Directory, { actor, deadline }: Pick<Caller, 'actor' | 'deadline'>) =>
    guard &&
    (async (type: { readonly name: string }) => {
      try {
        await countDeactivation({ directory: { id, guard }, type: type.name, actor, deadline });
      } catch (error) {
        // The cached directory may be outdated, for example because the guard has paused it.
        readDirectory.forget(id);
        throw error;
      }
    });

  const answer = async (event: APIGatewayProxyEvent, context: Context): Promise<ScimResponse> => {
    const { directory: id, tokenId, tokenName } = readTokenContext(event);
    const directory = await readDirectory(id);
    if (!isLive(directory)) return directoryDeleted();
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
    return recordUsage({ directory, actor, tokenId }, () => serve(toScimRequest(event, scheme), caller));
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
