/** Reads and validates the body of a POST or PUT (RFC 7644 sections 3.3 and 3.5.1) against the resource's schemas. */

import type { Tolerate } from '../dialect.ts';
import { invalidSyntax, invalidValue, ScimError } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from '../json/json.ts';
import { resolveSchema } from '../schema/attribute-path.ts';
import { toAttributeValue, type ValueContext } from '../schema/attribute-value.ts';
import { commonAttributes } from '../schema/common.ts';
import { withDefaults } from '../schema/default-values.ts';
import { checkRequired } from '../schema/required-attributes.ts';
import type { Attribute, ResourceType, Schema } from '../schema/schema.ts';
import { checkStorable } from '../schema/storable.ts';
import type { Member } from '../store-port.ts';
import { toMembers, toReplacement } from './members.ts';

export type ResourceBody = {
  /** Assigned values under canonical names, extensions under their URN; without readOnly attributes and members. */
  readonly attributes: JsonObject;
  /** Paths of the attributes with a value in which nothing is understood: a PUT keeps their stored values. */
  readonly kept: ReadonlySet<string>;
  /** undefined: the key is absent, so a PUT keeps the existing members. */
  readonly members: readonly Member[] | undefined;
};

const SCHEMAS = 'schemas';
const externalId = commonAttributes.filter(({ name }) => name === 'externalId');
const readOnlyCommon = new Set(commonAttributes.map(({ name }) => name.toLowerCase()));

/** Attributes by name in lower case. */
const attributesByName = (attributes: readonly Attribute[]) =>
  new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));

/** @throws invalidSyntax if `schemas` is missing, malformed, or names anything but the type's schemas */
const checkSchemas = (body: JsonObject, type: ResourceType, tolerate: Tolerate): void => {
  const key = Object.keys(body).find((name) => name.toLowerCase() === SCHEMAS);
  const given = key === undefined ? undefined : body[key];
  const urns = typeof given === 'string' && tolerate('singleForMultiple') ? [given] : given;
  if (isUnassigned(urns)) {
    if (!tolerate('missingSchemas')) throw invalidSyntax(`schemas is required: add ${type.schema.id}.`);
    return;
  }
  if (!Array.isArray(urns) || !urns.every((urn) => typeof urn === 'string'))
    throw invalidSyntax('schemas must be an array of URNs.');
  const known = [type.schema.id, ...type.extensions.map(({ schema }) => schema.id)].map((urn) => urn.toLowerCase());
  const unknown = urns.find((urn) => !known.includes(urn.toLowerCase()));
  if (unknown !== undefined && !tolerate('unknownSchemaUrn'))
    throw invalidSyntax(
      `schemas contains ${JSON.stringify(unknown)}, which is not a schema of ${type.name}: remove it.`,
    );
  if (!urns.some((urn) => urn.toLowerCase() === type.schema.id.toLowerCase()) && !tolerate('unknownSchemaUrn'))
    throw invalidSyntax(`schemas must contain ${type.schema.id}.`);
};

type Reading = {
  readonly type: ResourceType;
  readonly tolerate: Tolerate;
  /** Whether the resource replaces an existing one. */
  readonly replaces?: boolean;
};
type Entry = readonly [name: string, value: Json];
type AttributesByName = ReadonlyMap<string, Attribute>;

/** Resolves a key; undefined if it is ignored: unknown, or read-only. */
const writable = (
  key: string,
  attributes: AttributesByName,
  { path, tolerate }: ValueContext,
): Attribute | undefined => {
  const attribute = attributes.get(key.toLowerCase());
  if (attribute === undefined && !tolerate('unknownAttributeIgnored'))
    throw invalidSyntax(
      `The resource has no attribute ${JSON.stringify(`${path}${key}`)}: omit it or declare it in the directory's schemas.`,
    );
  return attribute?.mutability === 'readOnly' ? undefined : attribute;
};

type Context = ValueContext & { readonly kept: Set<string> };

/** Whether a value names a readOnly sub-attribute, which a POST or PUT ignores (RFC 7644 section 3.5.1). */
const hasReadOnly = ({ subAttributes = [] }: Attribute, value: Json): boolean => {
  const names = subAttributes.filter((sub) => sub.mutability === 'readOnly').map(({ name }) => name.toLowerCase());
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  return values.some((one) => isObject(one) && Object.keys(one).some((key) => names.includes(key.toLowerCase())));
};

/** @returns undefined if the value is unassigned, or ignored because nothing in it is understood */
const readValue = (attribute: Attribute, value: Json, context: Context): Json | undefined => {
  try {
    const converted = toAttributeValue(attribute, value, context);
    // Only readOnly sub-attributes: nothing says that the stored value is unassigned.
    if (converted === undefined && isObject(value) && Object.values(value).some((one) => one !== null && one !== ''))
      if (context.tolerate('valueIgnored')) context.kept.add(context.path);
    return converted;
  } catch (error) {
    if (!(error instanceof ScimError) || error.skip !== 'value') throw error;
    if (context.tolerate('valueIgnored')) context.kept.add(context.path);
    else if (!hasReadOnly(attribute, value)) throw error;
    return undefined;
  }
};

/** Reads the attributes of one schema from the body, or from the object under an extension's URN. */
const readAttributes = (entries: readonly Entry[], attributes: AttributesByName, context: Context): JsonObject => {
  const read: Record<string, Json> = {};
  const seen = new Set<string>();
  for (const [key, value] of entries) {
    const attribute = writable(key, attributes, context);
    if (attribute === undefined) continue;
    const path = `${context.path}${attribute.name}`;
    if (seen.has(attribute.name)) throw invalidSyntax(`${path} occurs more than once: send it once.`);
    seen.add(attribute.name);
    const converted = readValue(attribute, value, { ...context, path });
    // A writeOnly value such as a password is checked, then dropped: values that are never returned are never stored.
    if (converted !== undefined && attribute.returned !== 'never') read[attribute.name] = converted;
  }
  return read;
};

const readExtension = ({ id, attributes }: Schema, value: Json, context: Context): JsonObject => {
  if (isUnassigned(value) || (value === '' && context.tolerate('emptyComplex'))) return {};
  if (!isObject(value)) throw invalidValue(`${id} must be an object.`);
  const known = attributesByName(attributes);
  if (!Object.keys(value).some((key) => known.has(key.toLowerCase())) && context.tolerate('valueIgnored'))
    for (const { name } of attributes) context.kept.add(`${id}:${name}`);
  return readAttributes(Object.entries(value), known, { ...context, path: `${id}:` });
};

/** Sorts the keys of a body into core attributes, extensions and members. Drops read-only ones such as id and meta. */
const sortEntries = (body: JsonObject, { type, tolerate }: Reading) => {
  const sorted = { core: [] as Entry[], extensions: [] as [Schema, Json][], members: [] as Json[] };
  for (const [key, value] of Object.entries(body)) {
    const name = key.toLowerCase();
    const schema = resolveSchema(type, key, tolerate);
    if (schema !== undefined && schema !== type.schema) sorted.extensions.push([schema, value]);
    else if (name === type.members?.attribute.toLowerCase()) sorted.members.push(value);
    else if (schema !== undefined && isObject(value) && tolerate('coreUrnAsKey'))
      sorted.core.push(...Object.entries(value));
    else if (name === 'externalid' || !readOnlyCommon.has(name)) sorted.core.push([key, value]);
  }
  return sorted;
};

/**
 * Reads a resource from a request.
 * @param body the parsed JSON of the request
 * @throws invalidSyntax, invalidValue (400) naming the attribute
 */
export function readResourceBody(body: Json, reading: Reading): ResourceBody {
  const { type, tolerate } = reading;
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  checkSchemas(body, type, tolerate);
  const sorted = sortEntries(body, reading);
  const core = attributesByName([...externalId, ...type.schema.attributes]);
  const kept = new Set<string>();
  const context: Context = { path: '', tolerate, primaries: 'one', kept };
  const attributes: Record<string, Json> = { ...readAttributes(sorted.core, core, context) };
  for (const [schema, value] of sorted.extensions) {
    if (Object.hasOwn(attributes, schema.id)) throw invalidSyntax(`${schema.id} occurs more than once: send it once.`);
    const read = readExtension(schema, value, context);
    if (Object.keys(read).length > 0) attributes[schema.id] = read;
  }
  if (sorted.members.length > 1) throw invalidSyntax(`${type.members?.attribute} occurs more than once: send it once.`);
  // Required attributes must be specified in a PUT too (RFC 7644 section 3.5.1).
  checkRequired(withDefaults(attributes, type), type);
  checkStorable(attributes, type);
  const [members] = sorted.members;
  const readMembers = reading.replaces === true ? toReplacement : toMembers;
  return { attributes, kept, members: members === undefined ? undefined : readMembers(members, type, tolerate) };
}
