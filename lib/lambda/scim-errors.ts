/** The last word when something failed that no rule of SCIM foresees: 500 in SCIM's shape, with nothing of the inside. */
import type middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ScimError, toErrorBody } from '../scim/index.ts';

export const SCIM_JSON = { 'Content-Type': 'application/scim+json' } as const;

/** One line for the log. No body and no header of the request is in it: they may hold secrets and personal data. */
export const logFailure = (event: APIGatewayProxyEvent, error: unknown): void => {
  console.error(
    JSON.stringify({ requestId: event.requestContext.requestId, method: event.httpMethod, resource: event.resource }),
    error,
  );
};

const unforeseen = () => new ScimError(500, 'The request failed. The service provider has the details in its log.');

export const scimErrors = (): middy.MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> => ({
  onError: (request) => {
    logFailure(request.event, request.error);
    // A table that does not answer is 503 wherever it happens.
    const failure = request.error instanceof ScimError ? request.error : unforeseen();
    request.response = {
      statusCode: failure.status,
      headers: { ...failure.headers, ...SCIM_JSON },
      body: JSON.stringify(toErrorBody(failure)),
    };
  },
});
