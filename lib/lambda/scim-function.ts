/** The function behind SCIM routes: the core on the DynamoDB store, for the directory that the token belongs to. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type Caller, createServiceProvider, ScimError, type ScimResponse, toErrorBody } from '../scim/index.ts';
import { cached, createDirectories } from '../store/directories.ts';
import { createStore } from '../store/dynamodb-store.ts';
import { parseEnvironment } from './environment.ts';
import { logFailure, SCIM_JSON, scimErrors } from './scim-errors.ts';
import { readTokenContext, toScimRequest } from './scim-request.ts';
import { DIRECTORY_CACHE_SECONDS, WORK_SECONDS } from './times.ts';

// A constant, because the type does not know reportingEndpoints, which the middleware does.
const securityHeaders = {
  reportingEndpoints: false,
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false, preload: false },
};

const toResult = ({ status, headers, body }: ScimResponse): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { ...headers, ...(body === undefined ? {} : SCIM_JSON), 'Cache-Control': 'no-store' },
  body: body === undefined ? '' : JSON.stringify(body),
});

/** Time to write an answer after the work has ended. */
const SPARE_MILLISECONDS = 1500;
const deadlineOf = (context: Context): number =>
  Date.now() + Math.min(WORK_SECONDS * 1000, context.getRemainingTimeInMillis() - SPARE_MILLISECONDS);

const gone = (): ScimResponse => {
  const error = new ScimError(401, 'The directory of the token does not exist any more.');
  return { status: error.status, headers: {}, body: toErrorBody(error), error };
};

export function createScimFunction() {
  const { tableName, scheme } = parseEnvironment(['tableName', 'scheme']);
  const client = new DynamoDBClient();
  const serve = createServiceProvider(createStore({ client, tableName }));
  const directories = createDirectories({ client, tableName });
  const readDirectory = cached(directories.read, { seconds: DIRECTORY_CACHE_SECONDS });

  const answer = async (event: APIGatewayProxyEvent, context: Context): Promise<ScimResponse> => {
    const token = readTokenContext(event);
    const directory = await readDirectory(token.directory);
    if (directory === undefined) return gone();
    const { tokenId, tokenName } = token;
    const { requestId } = event.requestContext;
    const caller: Caller = {
      directory,
      actor: { kind: 'provisioning-client', tokenId, tokenName, requestId },
      reason: 'change',
      deadline: deadlineOf(context),
    };
    return serve(toScimRequest(event, scheme), caller);
  };

  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(httpHeaderNormalizer())
    .use(httpSecurityHeaders(securityHeaders))
    .use(scimErrors())
    .handler(async (event, context) => {
      const response = await answer(event, context);
      if (response.status >= 500 && response.status !== 501) logFailure(event, response.error);
      return toResult(response);
    });
}
