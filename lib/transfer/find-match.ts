/** Which resource of the directory a line of an import means. */
import { isObject, type JsonObject, own, type ResourceType } from '../scim/index.ts';
import { demand, refusal, type Session, withoutMemberships } from './import-session.ts';
import { nameAttribute, textAt } from './resource-line.ts';

/** What is there already. `version` is its ETag. */
export type Match = { readonly id: string; readonly version: string };

const toMatch = (resource: JsonObject): Match => {
  const meta = own(resource, 'meta');
  return { id: String(own(resource, 'id')), version: String(isObject(meta) ? own(meta, 'version') : '*') };
};

const endpointOf = ({ endpoint }: ResourceType) => endpoint.slice(1);

type Known = { readonly attribute: string; readonly value: string | undefined; readonly among?: string };
/** @throws Refusal when several have the value */
const findBy = async ({ send }: Session, type: ResourceType, known: Known): Promise<Match | undefined> => {
  const { attribute, value, among } = known;
  if (value === undefined) return undefined;
  const filter = `${attribute} eq ${JSON.stringify(value)}${among === undefined ? '' : ` and ${among}`}`;
  const query = { filter, count: '2', ...withoutMemberships(type) };
  const { body = {} } = demand(await send({ method: 'GET', path: [endpointOf(type)], query }));
  const found = own(body, 'Resources');
  const [first, second] = Array.isArray(found) ? found.filter(isObject) : [];
  if (second !== undefined) throw refusal(409, `several have the ${attribute} ${JSON.stringify(value)}`);
  return first === undefined ? undefined : toMatch(first);
};

const findById = async ({ send }: Session, type: ResourceType, id: string): Promise<Match | undefined> => {
  const response = await send({ method: 'GET', path: [endpointOf(type), id], query: withoutMemberships(type) });
  return response.status === 404 ? undefined : toMatch(demand(response).body ?? {});
};

/** An id is one resource's, of whatever type: a membership names nothing else. */
const findKept = async (session: Session, type: ResourceType, id: string): Promise<Match | undefined> => {
  const found = await findById(session, type, id);
  if (found !== undefined) return found;
  for (const other of session.types.filter(({ name }) => name !== type.name))
    if ((await findById(session, other, id)) !== undefined)
      throw refusal(409, `id "${id}" is taken by an existing ${other.name.toLowerCase()}`);
  return undefined;
};

const nameOf = (resource: JsonObject, type: ResourceType): Known => {
  const attribute = nameAttribute(type);
  return { attribute, value: textAt(resource, attribute) };
};

const isShared = ({ schema }: ResourceType, { attribute }: Known): boolean =>
  schema.attributes.find(({ name }) => name === attribute)?.uniqueness === 'none';

/**
 * By id when ids are kept, otherwise by externalId, otherwise by name; but where names may be shared, one that has another
 * externalId is another.
 * @throws Refusal when it cannot be told
 */
export const findMatch = async (
  session: Session,
  resource: JsonObject,
  type: ResourceType,
): Promise<Match | undefined> => {
  if (session.options.keepIds) {
    const id = textAt(resource, 'id');
    if (id === undefined) throw refusal(400, 'id is missing, so it cannot be kept');
    return findKept(session, type, id);
  }
  const byExternalId = { attribute: 'externalId', value: textAt(resource, 'externalId') };
  const byName = nameOf(resource, type);
  const isOneOfSome = byExternalId.value !== undefined && isShared(type, byName);
  const found = await findBy(session, type, byExternalId);
  return found ?? findBy(session, type, isOneOfSome ? { ...byName, among: 'not (externalId pr)' } : byName);
};

/** What the transaction of a real run would find. @throws Refusal */
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
