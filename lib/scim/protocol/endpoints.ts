/** Routes a request to the action of its endpoint and method (RFC 7644 section 3.2). */
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
/** Responds 501 for an optional endpoint that is not supported (RFC 7644 sections 3.7 and 3.11). */
const unsupported =
  (name: string): Action =>
  () => {
    throw new ScimError(501, `This service provider does not support ${name}.`);
  };

const discovery: ReadonlyMap<string, (id: string | undefined) => Methods> = new Map<
  string,
  (id: string | undefined) => Methods
>([
  ['serviceproviderconfig', () => ({ GET: readServiceProviderConfig })],
  ['schemas', (id) => ({ GET: (exchange) => readSchemas(exchange, id) })],
  ['resourcetypes', (id) => ({ GET: (exchange) => readResourceTypes(exchange, id) })],
]);

const unsupportedEndpoints: ReadonlyMap<string, Methods> = new Map(
  ['/Me', '/Bulk'].map((name) => {
    const action = unsupported(name);
    return [name.slice(1).toLowerCase(), { GET: action, POST: action, PUT: action, PATCH: action, DELETE: action }];
  }),
);

/** @returns undefined if there is no such endpoint */
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
  return id === undefined && unsupportedEndpoints.has(key) ? unsupportedEndpoints.get(key) : discovery.get(key)?.(id);
};

/** @throws 404 if the path is not an endpoint; 405 with `Allow` if the endpoint does not support the method */
export function findAction({ request, types }: Pick<Exchange, 'request' | 'types'>): Action {
  const methods = methodsAt(request.path, types);
  if (methods === undefined)
    throw new ScimError(404, `There is no endpoint at /${request.path.join('/')}: check the path.`);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const action = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (action !== undefined) return action;
  const allowed = Object.keys(methods)
    .flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
    .join(', ');
  throw new ScimError(405, `This endpoint does not allow ${request.method}: expected one of ${allowed}.`, {
    headers: { Allow: allowed },
  });
}
