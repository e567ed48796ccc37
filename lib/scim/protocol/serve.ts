/** The service provider: maps every request to a response, including errors (RFC 7644 section 3). */
import { createTolerance } from '../dialect.ts';
import { resourceTypesOf } from '../directory/directory.ts';
import { paused, ScimError, toErrorBody } from '../error.ts';
import { canonicalParameters } from '../lists/query-parameters.ts';
import { createLocate } from '../resource/representation.ts';
import type { Store } from '../store-port.ts';
import { decodeBody } from './charset.ts';
import { createDefaultGroups } from './default-group.ts';
import { findAction } from './endpoints.ts';
import { guardedStore } from './guard.ts';
import type { Caller, ScimRequest, ScimResponse } from './request.ts';

/**
 * Renders an error. Store failures arrive as ScimError 503 or 429; any other error is rethrown for the host, which logs
 * it and responds 500.
 */
const refusal = (error: unknown): ScimResponse => {
  if (!(error instanceof ScimError)) throw error;
  return { status: error.status, headers: error.headers, body: toErrorBody(error), error };
};

const withList = (response: ScimResponse, header: string, list: readonly string[]): ScimResponse =>
  list.length === 0 ? response : { ...response, headers: { ...response.headers, [header]: list.join(', ') } };

/** A paused directory still serves reads, including searches by POST (RFC 7644 section 3.4.3). */
const refuseWhilePaused = ({ method, path }: ScimRequest, caller: Caller): void => {
  if (caller.paused === undefined || method === 'GET' || method === 'HEAD' || path.at(-1)?.toLowerCase() === '.search')
    return;
  throw paused(caller.paused);
};

/** The type of the body is a header of its own, because hosts add it to responses with a body. */
const withoutBody = ({ body, headers, ...response }: ScimResponse): ScimResponse => ({
  ...response,
  headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/scim+json' },
  body: undefined,
});

/**
 * Creates the request handler. HEAD is GET without the body (RFC 9110 section 9.3.2). It throws only unexpected errors,
 * for the host to log.
 * @param openStore opens the store of one request
 */
export const createServiceProvider = (openStore: (caller: Caller) => Store) => {
  const defaultGroups = createDefaultGroups();
  return async (request: ScimRequest, caller: Caller): Promise<ScimResponse> => {
    const { tolerate, needed, skipped } = createTolerance(caller.directory.mode, () =>
      decodeBody(request.body ?? '', request.header),
    );
    const types = resourceTypesOf(caller.directory);
    const exchange = {
      request: { ...request, query: canonicalParameters(request.query, tolerate) },
      caller,
      store: guardedStore(openStore(caller), caller.guard),
      types,
      tolerate,
      locate: createLocate(request.baseUrl, types),
      defaultGroups,
    };
    const respond = async () => {
      try {
        const action = findAction(exchange);
        refuseWhilePaused(request, caller);
        return await action(exchange);
      } catch (error) {
        return refusal(error);
      }
    };
    const response = withList(await respond(), 'X-Rollcall-Dialects', needed());
    const answer = withList(response, 'X-Rollcall-Skipped', skipped());
    return request.method === 'HEAD' ? withoutBody(answer) : answer;
  };
};
