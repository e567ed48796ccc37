/** Converts uncaught errors to SCIM errors: 500 without internal details, unless the error is a ScimError. */
import type middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ScimError, toErrorBody } from '../scim/index.ts';

export const SCIM_JSON = { 'Content-Type': 'application/scim+json' } as const;

/** Logs a failure without the request's body and headers, which may contain secrets and personal data. */
export const logFailure = (event: APIGatewayProxyEvent, error: unknown): void => {
  console.error(
    JSON.stringify({ requestId: event.requestContext.requestId, method: event.httpMethod, resource: event.resource }),
    error,
  );
};

const unexpected = () => new ScimError(500, 'The request failed. The log of the service provider has the details.');

export const scimErrors = (): middy.MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> => ({
  onError: (request) => {
    logFailure(request.event, request.error);
    // Such as the 503 of a table that does not respond.
    const failure = request.error instanceof ScimError ? request.error : unexpected();
    request.response = {
      statusCode: failure.status,
      headers: { ...failure.headers, ...SCIM_JSON },
      body: JSON.stringify(toErrorBody(failure)),
    };
  },
});
