/** The discovery endpoints (RFC 7644 section 4). They describe one directory, so they require its token. */
import { toResourceTypeResource } from '../discovery/resource-type.ts';
import { toSchemaResource } from '../discovery/schema.ts';
import { serviceProviderConfig } from '../discovery/service-provider-config.ts';
import { notFound, ScimError } from '../error.ts';
import type { JsonObject } from '../json/json.ts';
import { toListResponse } from '../lists/list-response.ts';
import type { Schema } from '../schema/schema.ts';
import type { Exchange, ScimResponse } from './request.ts';

const ok = (body: JsonObject): ScimResponse => ({ status: 200, headers: {}, body });

/** RFC 7644 section 4: a filter is refused with 403; any other parameter is ignored. */
const refuseFilter = ({ request }: Exchange): void => {
  if (request.query.has('filter')) throw new ScimError(403, 'Discovery endpoints do not support filter: omit it.');
};

const listAll = (all: readonly JsonObject[]) => ok(toListResponse(all, { totalResults: all.length, startIndex: 1 }));
const findOne = (all: readonly JsonObject[], typeName: string, id: string) => {
  const one = all.find((resource) => String(resource.id).toLowerCase() === id.toLowerCase());
  if (one === undefined) throw notFound(typeName, id);
  return ok(one);
};

/** Each schema once, even if several types share an extension. */
const schemasOf = ({ types }: Exchange): readonly Schema[] => [
  ...new Map(
    types.flatMap((type) => [type.schema, ...type.extensions.map(({ schema }) => schema)]).map((one) => [one.id, one]),
  ).values(),
];
const schemaResources = (exchange: Exchange) =>
  schemasOf(exchange).map((schema) => toSchemaResource(schema, `${exchange.request.baseUrl}/Schemas/${schema.id}`));
const resourceTypeResources = ({ types, request }: Exchange) =>
  types.map((type) => toResourceTypeResource(type, `${request.baseUrl}/ResourceTypes/${type.name}`));

export function readServiceProviderConfig(exchange: Exchange): ScimResponse {
  refuseFilter(exchange);
  return ok(serviceProviderConfig(`${exchange.request.baseUrl}/ServiceProviderConfig`));
}

/** @param id undefined: all schemas */
export function readSchemas(exchange: Exchange, id: string | undefined): ScimResponse {
  refuseFilter(exchange);
  const all = schemaResources(exchange);
  return id === undefined ? listAll(all) : findOne(all, 'Schema', id);
}

/** @param id undefined: all resource types */
export function readResourceTypes(exchange: Exchange, id: string | undefined): ScimResponse {
  refuseFilter(exchange);
  const all = resourceTypeResources(exchange);
  return id === undefined ? listAll(all) : findOne(all, 'ResourceType', id);
}
