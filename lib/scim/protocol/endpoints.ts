/** Which endpoint a path names, and which methods it has (RFC 7644 section 3.2). */
import { ScimError } from '../error.ts';
import type { ResourceType } from '../schema/schema.ts';
import { create } from './create.ts';
import { readResourceTypes, readSchemas, readServiceProviderConfig } from './discover.ts';
import { list, search } from './list.ts';
import { patch } from './patch.ts';
import { read } from './read.ts';
import { remove } from './remove.ts';
import { replace } from './replace.ts';
import type { Exchange, ScimResponse } from './request.ts';

type Action = (exchange: Exchange) => ScimResponse | Promise<ScimResponse>;
type Methods = Readonly<Record<string, Action>>;

const ofType = (type: ResourceType): Methods => ({
  GET: (exchange) => list({ ...exchange, type }),
  POST: (exchange) => create({ ...exchange, type }),
});
const ofSearch = (type: ResourceType): Methods => ({ POST: (exchange) => search({ ...exchange, type }) });
const ofResource = (type: ResourceType, id: string): Methods => ({
  GET: (exchange) => read({ ...exchange, type }, id),
  PUT: (exchange) => replace({ ...exchange, type }, id),
  PATCH: (exchange) => patch({ ...exchange, type }, id),
  DELETE: (exchange) => remove({ ...exchange, type }, id),
});
/** RFC 7644 sections 3.7 and 3.11: what is not offered is 501. */
const notOffered =
  (name: string): Action =>
  () => {
    throw new ScimError(501, `${name} is not supported by this service provider`);
  };

const discovery: ReadonlyMap<string, (id: string | undefined) => Methods> = new Map<
  string,
  (id: string | undefined) => Methods
>([
  ['serviceproviderconfig', () => ({ GET: readServiceProviderConfig })],
  ['schemas', (id) => ({ GET: (exchange) => readSchemas(exchange, id) })],
  ['resourcetypes', (id) => ({ GET: (exchange) => readResourceTypes(exchange, id) })],
]);

const notOfferedEndpoints: ReadonlyMap<string, Methods> = new Map(
  ['/Me', '/Bulk'].map((name) => {
    const action = notOffered(name);
    return [name.slice(1).toLowerCase(), { GET: action, POST: action, PUT: action, PATCH: action, DELETE: action }];
  }),
);

/** @returns undefined when there is no such endpoint */
const methodsAt = (
  [name = '', id, ...rest]: readonly string[],
  types: readonly ResourceType[],
): Methods | undefined => {
  if (rest.length > 0) return undefined;
  const key = name.toLowerCase();
  const type = types.find(({ endpoint }) => endpoint.toLowerCase() === `/${key}`);
  if (type !== undefined) {
    if (id === undefined) return ofType(type);
    return id === '.search' ? ofSearch(type) : ofResource(type, id);
  }
  if (key === 'serviceproviderconfig' && id !== undefined) return undefined;
  return id === undefined && notOfferedEndpoints.has(key) ? notOfferedEndpoints.get(key) : discovery.get(key)?.(id);
};

/**
 * @throws 404 when no endpoint lies at the path; 405 with `Allow` when it does not have the method
 */
export function findAction({ request, types }: Pick<Exchange, 'request' | 'types'>): Action {
  const methods = methodsAt(request.path, types);
  if (methods === undefined) throw new ScimError(404, `There is no endpoint at /${request.path.join('/')}`);
  const action = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (action !== undefined) return action;
  const allowed = Object.keys(methods).join(', ');
  throw new ScimError(405, `${request.method} is not allowed here, only ${allowed}`, { headers: { Allow: allowed } });
}
