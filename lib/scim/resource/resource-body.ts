/** A resource as a client sends it: POST and PUT (RFC 7644 sections 3.3 and 3.5.1), validated against its schemas. */

import type { Tolerate } from '../dialect.ts';
import { invalidSyntax, invalidValue } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from '../json/json.ts';
import { toAttributeValue, type ValueContext } from '../schema/attribute-value.ts';
import { commonAttributes } from '../schema/common.ts';
import { withDefaults } from '../schema/default-values.ts';
import { checkRequired } from '../schema/required-attributes.ts';
import type { Attribute, ResourceType, Schema } from '../schema/schema.ts';
import { checkStorable } from '../schema/storable.ts';
import type { Member } from '../store-port.ts';
import { toMembers } from './members.ts';

export type ResourceBody = {
  /** Assigned values under canonical names, extensions under their URN; without readOnly attributes and without members. */
  readonly attributes: JsonObject;
  /** undefined: the key is absent, which keeps them in a PUT. */
  readonly members: readonly Member[] | undefined;
};

const SCHEMAS = 'schemas';
const externalId = commonAttributes.filter(({ name }) => name === 'externalId');
const readOnlyCommon = new Set(commonAttributes.map(({ name }) => name.toLowerCase()));

/** Every attribute of the type's own schema, by its name in lower case. */
const attributesByName = (attributes: readonly Attribute[]) =>
  new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));

/** @throws invalidSyntax when `schemas` is missing, malformed, or names something else than the type and its extensions */
const checkSchemas = (body: JsonObject, type: ResourceType, tolerate: Tolerate): void => {
  const key = Object.keys(body).find((name) => name.toLowerCase() === SCHEMAS);
  const urns = key === undefined ? undefined : body[key];
  if (isUnassigned(urns)) {
    if (!tolerate('missingSchemas')) throw invalidSyntax(`schemas is missing: it must name ${type.schema.id}`);
    return;
  }
  if (!Array.isArray(urns) || !urns.every((urn) => typeof urn === 'string'))
    throw invalidSyntax('schemas must be an array of URNs');
  const known = [type.schema.id, ...type.extensions.map(({ schema }) => schema.id)].map((urn) => urn.toLowerCase());
  const given = urns.map((urn) => urn.toLowerCase());
  const unknown = urns.find((urn) => !known.includes(urn.toLowerCase()));
  if (unknown !== undefined && !tolerate('unknownSchemaUrn'))
    throw invalidSyntax(`schemas names ${JSON.stringify(unknown)}, which ${type.name} does not have`);
  if (!given.includes(type.schema.id.toLowerCase()) && !tolerate('unknownSchemaUrn'))
    throw invalidSyntax(`schemas does not name ${type.schema.id}`);
};

type Reading = { readonly type: ResourceType; readonly tolerate: Tolerate };
type Entry = readonly [name: string, value: Json];
type Known = ReadonlyMap<string, Attribute>;

/** The attribute that a key names; undefined when it is to be left out: unknown, or the service provider's own. */
const writable = (key: string, known: Known, { path, tolerate }: ValueContext): Attribute | undefined => {
  const attribute = known.get(key.toLowerCase());
  if (attribute === undefined && !tolerate('unknownAttributeIgnored'))
    throw invalidSyntax(`${JSON.stringify(`${path}${key}`)} is not an attribute of the resource`);
  return attribute?.mutability === 'readOnly' ? undefined : attribute;
};

/** The attributes of one schema out of an object: the body itself, or the object under an extension's URN. */
const readAttributes = (entries: readonly Entry[], known: Known, context: ValueContext): JsonObject => {
  const read: Record<string, Json> = {};
  const seen = new Set<string>();
  for (const [key, value] of entries) {
    const attribute = writable(key, known, context);
    if (attribute === undefined) continue;
    const path = `${context.path}${attribute.name}`;
    if (seen.has(attribute.name)) throw invalidSyntax(`${path} is given twice`);
    seen.add(attribute.name);
    const converted = toAttributeValue(attribute, value, { ...context, path });
    // A writeOnly value such as a password is checked, then dropped: nothing that is never returned is ever kept.
    if (converted !== undefined && attribute.returned !== 'never') read[attribute.name] = converted;
  }
  return read;
};

const readExtension = (schema: Schema, value: Json, { tolerate }: Reading): JsonObject => {
  if (isUnassigned(value)) return {};
  if (!isObject(value)) throw invalidValue(`${schema.id} must be an object`);
  return readAttributes(Object.entries(value), attributesByName(schema.attributes), {
    path: `${schema.id}:`,
    tolerate,
    primaries: 'one',
  });
};

/** The keys of a body by what they name; id, meta, schemas and the like are the service provider's. */
const sortEntries = (body: JsonObject, { type, tolerate }: Reading) => {
  const extensions = new Map(type.extensions.map(({ schema }) => [schema.id.toLowerCase(), schema]));
  const sorted = { core: [] as Entry[], extensions: [] as [Schema, Json][], members: [] as Json[] };
  for (const [key, value] of Object.entries(body)) {
    const name = key.toLowerCase();
    const extension = extensions.get(name);
    if (extension !== undefined) sorted.extensions.push([extension, value]);
    else if (name === type.members?.attribute.toLowerCase()) sorted.members.push(value);
    else if (name === type.schema.id.toLowerCase() && isObject(value) && tolerate('coreUrnAsKey'))
      sorted.core.push(...Object.entries(value));
    else if (name === 'externalid' || !readOnlyCommon.has(name)) sorted.core.push([key, value]);
  }
  return sorted;
};

/**
 * @param body the parsed JSON of the request
 * @throws invalidSyntax, invalidValue (400) naming the attribute
 */
export function readResourceBody(body: Json, reading: Reading): ResourceBody {
  const { type, tolerate } = reading;
  if (!isObject(body)) throw invalidSyntax('the body must be a JSON object');
  checkSchemas(body, type, tolerate);
  const sorted = sortEntries(body, reading);
  const known = attributesByName([...externalId, ...type.schema.attributes]);
  const attributes: Record<string, Json> = {
    ...readAttributes(sorted.core, known, { path: '', tolerate, primaries: 'one' }),
  };
  for (const [schema, value] of sorted.extensions) {
    if (Object.hasOwn(attributes, schema.id)) throw invalidSyntax(`${schema.id} is given twice`);
    const read = readExtension(schema, value, reading);
    if (Object.keys(read).length > 0) attributes[schema.id] = read;
  }
  if (sorted.members.length > 1) throw invalidSyntax(`${type.members?.attribute} is given twice`);
  // Also of a PUT (RFC 7644 section 3.5.1): what is required must be specified.
  checkRequired(withDefaults(attributes, type), type);
  checkStorable(attributes, type);
  const [members] = sorted.members;
  return { attributes, members: members === undefined ? undefined : toMembers(members, type, tolerate) };
}
