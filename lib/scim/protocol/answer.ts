/** Responses with one resource (RFC 7644 sections 3.3, 3.4.1 and 3.5). */

import type { JsonObject } from '../json/json.ts';
import { toVersion } from '../resource/etag.ts';
import { createProjection, type Projection, readNames } from '../resource/projection.ts';
import { toRepresentation } from '../resource/representation.ts';
import type { Loaded, StoredResource } from '../store-port.ts';
import { fitResource } from './fitting.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

/** Reads the projection of a request. @throws invalidValue as `createProjection` */
export const readProjection = ({ request, type, tolerate }: ResourceExchange): Projection =>
  createProjection(readNames(request.query), type, tolerate);

const etag = (resource: StoredResource) => ({ ETag: toVersion(resource) });

/**
 * Responds 200 or 201 with the resource.
 * @param written the attributes in the request body, of which those with `returned` request are included
 */
export function resourceAnswer(
  loaded: Loaded,
  exchange: ResourceExchange,
  { status, projection, written }: { status: 200 | 201; projection: Projection; written?: JsonObject },
): ScimResponse {
  const { type, locate } = exchange;
  const representation = projection.project(toRepresentation(loaded, type, locate), written);
  const { body, headers } = fitResource(representation, type);
  const location = locate(type.name, loaded.resource.id);
  return {
    status,
    headers: {
      ...etag(loaded.resource),
      // The same as meta.location (RFC 7643 section 3.1).
      'Content-Location': location,
      ...(status === 201 ? { Location: location } : {}),
      ...headers,
    },
    body,
  };
}

/** Responds 204, with the version of the resource as its ETag. */
export const noContent = (resource?: StoredResource): ScimResponse => ({
  status: 204,
  headers: resource === undefined ? {} : etag(resource),
  body: undefined,
});
