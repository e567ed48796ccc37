/** Finds the existing resource that a line of an import refers to. */
import { isObject, type JsonObject, own, type ResourceType } from '../scim/index.ts';
import { demand, refusal, type Session, withoutMemberships } from './import-session.ts';
import { nameAttribute, textAt } from './resource-line.ts';

/** An existing resource. `version` is its ETag. */
export type Match = { readonly id: string; readonly version: string };

const toMatch = (resource: JsonObject): Match => {
  const meta = own(resource, 'meta');
  return { id: String(own(resource, 'id')), version: String(isObject(meta) ? own(meta, 'version') : '*') };
};

const endpointOf = ({ endpoint }: ResourceType) => endpoint.slice(1);

/** `among` is a further filter expression. */
type Criterion = { readonly attribute: string; readonly value: string | undefined; readonly among?: string };
/** @throws Refusal 409 if more than one resource has the value */
const findBy = async ({ send }: Session, type: ResourceType, criterion: Criterion): Promise<Match | undefined> => {
  const { attribute, value, among } = criterion;
  if (value === undefined) return undefined;
  const filter = `${attribute} eq ${JSON.stringify(value)}${among === undefined ? '' : ` and ${among}`}`;
  const query = { filter, count: '2', ...withoutMemberships(type) };
  const { body = {} } = demand(await send({ method: 'GET', path: [endpointOf(type)], query }));
  const found = own(body, 'Resources');
  const [first, second] = Array.isArray(found) ? found.filter(isObject) : [];
  if (second !== undefined)
    throw refusal(409, `more than one ${type.name.toLowerCase()} has the ${attribute} ${JSON.stringify(value)}`);
  return first === undefined ? undefined : toMatch(first);
};

const findById = async ({ send }: Session, type: ResourceType, id: string): Promise<Match | undefined> => {
  const response = await send({ method: 'GET', path: [endpointOf(type), id], query: withoutMemberships(type) });
  return response.status === 404 ? undefined : toMatch(demand(response).body ?? {});
};

/** An id must be unique across types, because a membership refers to a resource by id alone. @throws Refusal 409 */
const findByKeptId = async (session: Session, type: ResourceType, id: string): Promise<Match | undefined> => {
  const found = await findById(session, type, id);
  if (found !== undefined) return found;
  for (const other of session.types.filter(({ name }) => name !== type.name))
    if ((await findById(session, other, id)) !== undefined)
      throw refusal(409, `id "${id}" is taken by an existing ${other.name.toLowerCase()}`);
  return undefined;
};

const nameOf = (resource: JsonObject, type: ResourceType): Criterion => {
  const attribute = nameAttribute(type);
  return { attribute, value: textAt(resource, attribute) };
};

const isShared = ({ schema }: ResourceType, { attribute }: Criterion): boolean =>
  schema.attributes.find(({ name }) => name === attribute)?.uniqueness === 'none';

/**
 * Matches by id if ids are kept, otherwise by externalId, then by name. Where names may be shared, a line with an
 * externalId matches by name only resources without one.
 * @throws Refusal if the match is ambiguous
 */
export const findMatch = async (
  session: Session,
  resource: JsonObject,
  type: ResourceType,
): Promise<Match | undefined> => {
  if (session.options.keepIds) {
    const id = textAt(resource, 'id');
    if (id === undefined) throw refusal(400, 'id is missing, which keeping ids requires');
    return findByKeptId(session, type, id);
  }
  const byExternalId = { attribute: 'externalId', value: textAt(resource, 'externalId') };
  const byName = nameOf(resource, type);
  const needsNoExternalId = byExternalId.value !== undefined && isShared(type, byName);
  const found = await findBy(session, type, byExternalId);
  return found ?? findBy(session, type, needsNoExternalId ? { ...byName, among: 'not (externalId pr)' } : byName);
};

/** Checks the name's uniqueness in a dry run, in place of the transaction of a real run. @throws Refusal 409 */
export const foreseeConflict = async (
  session: Session,
  type: ResourceType,
  { resource, match }: { resource: JsonObject; match: Match | undefined },
): Promise<void> => {
  const name = nameOf(resource, type);
  if (isShared(type, name)) return;
  const holder = await findBy(session, type, name);
  if (holder === undefined || holder.id === match?.id) return;
  const kind = type.name.toLowerCase();
  throw refusal(409, `${name.attribute} "${name.value}" is taken by an existing ${kind} (id ${holder.id})`);
};
