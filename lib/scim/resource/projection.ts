/**
 * Selects the attributes of a response: `attributes` and `excludedAttributes` (RFC 7644 section 3.9), and `returned`
 * (RFC 7643 section 7).
 */

import type { Tolerate } from '../dialect.ts';
import { invalidValue } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { limits } from '../limits.ts';
import { parseAttributePath, resolveAttribute, resolveSchema, type Target } from '../schema/attribute-path.ts';
import { commonAttributes } from '../schema/common.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';
import type { Include } from '../store-port.ts';

export type Projection = {
  /** Whether the client requested attributes, so that even a PATCH must respond with the resource. */
  readonly requested: boolean;
  /**
   * @param written the attributes in the request body, which decide about attributes with `returned` request
   * @returns a copy with the attributes of the response
   */
  readonly project: (resource: JsonObject, written?: JsonObject) => JsonObject;
  /** The memberships in the response. */
  readonly include: Include;
};
type Names = readonly string[];

/** How the request names an attribute: as a whole, or by some of its sub-attributes. */
type Selection = { readonly whole: boolean; readonly subs: ReadonlySet<string> };
type Selections = ReadonlyMap<Attribute, Selection>;

/**
 * Unknown names are ignored, because clients request attributes that other service providers have.
 * @throws invalidValue for more than `limits.projectedNames` names
 */
const select = (names: Names, type: ResourceType, tolerate: Tolerate): Selections => {
  if (names.length > limits.projectedNames)
    throw invalidValue(
      `attributes and excludedAttributes may have at most ${limits.projectedNames} names: remove some.`,
    );
  const selections = new Map<Attribute, { whole: boolean; subs: Set<string> }>();
  const add = ({ attribute, sub }: Pick<Target, 'attribute' | 'sub'>) => {
    const selection = selections.get(attribute) ?? { whole: false, subs: new Set<string>() };
    if (sub === undefined) selection.whole = true;
    else selection.subs.add(sub.name);
    selections.set(attribute, selection);
  };
  for (const name of names) {
    const schema = resolveSchema(type, name, tolerate);
    if (schema !== type.schema) for (const attribute of schema?.attributes ?? []) add({ attribute, sub: undefined });
    const path = parseAttributePath(name);
    const target = path && resolveAttribute(type, path, tolerate);
    if (target !== undefined) add(target);
  }
  return selections;
};

/** The part of the request that concerns one attribute. */
type RequestedAttribute = {
  readonly selection: Selection | undefined;
  /** Its value in the request body. */
  readonly written: Json | undefined;
};
/** Returns the value of an attribute in the response; undefined: omitted. */
type Keep = (attribute: Attribute, value: Json, request: RequestedAttribute) => Json | undefined;

const eachValue = (value: Json, edit: (one: JsonObject) => JsonObject): Json | undefined => {
  const edited = Array.isArray(value)
    ? value.map((one: Json) => (isObject(one) ? edit(one) : one)).filter((one) => !isUnassigned(one))
    : isObject(value)
      ? edit(value)
      : value;
  return isUnassigned(edited) ? undefined : edited;
};

const isDefault = ({ returned }: Attribute) => returned === 'default';

/** The value with only the sub-attributes that `keeps` selects. */
const keepSubs = ({ subAttributes = [] }: Attribute, value: Json, keeps: (sub: Attribute) => boolean) => {
  const kept = new Set(subAttributes.filter(keeps).map(({ name }) => name));
  return eachValue(value, (one) => Object.fromEntries(Object.entries(one).filter(([name]) => kept.has(name))));
};

/** Whether the client wrote the attribute, or this sub-attribute in any of its values. */
const isWritten = (written: Json | undefined, sub: string | undefined): boolean => {
  if (sub === undefined) return written !== undefined;
  const values: readonly Json[] = Array.isArray(written) ? written : [written ?? null];
  return values.some((one) => isObject(one) && own(one, sub) !== undefined);
};

/** Whether an attribute is returned by default; with `returned` request, if the client wrote it (RFC 7643 section 7). */
const isShown = ({ returned, name }: Attribute, written: Json | undefined, isSub: boolean): boolean =>
  returned === 'default' ||
  returned === 'always' ||
  (returned === 'request' && isWritten(written, isSub ? name : undefined));

const keepDefault: Keep = (attribute, value, { written }) => {
  if (!isShown(attribute, written, false)) return undefined;
  if (attribute.subAttributes?.every(isDefault) ?? true) return value;
  return keepSubs(attribute, value, (sub) => isShown(sub, written, true));
};

const keepOnly: Keep = (attribute, value, { selection }) => {
  const always = attribute.returned === 'always';
  if (attribute.returned === 'never' || (selection === undefined && !always)) return undefined;
  if (attribute.type !== 'complex') return value;
  const isNamed = ({ name }: Attribute) => selection?.whole === true || selection?.subs.has(name) === true;
  return keepSubs(
    attribute,
    value,
    (sub) => sub.returned === 'always' || (sub.returned !== 'never' && isNamed(sub)) || (always && isDefault(sub)),
  );
};

const keepOthers: Keep = (attribute, value, request) => {
  const { selection } = request;
  if (attribute.returned === 'always' || selection === undefined) return keepDefault(attribute, value, request);
  if (selection.whole || !isShown(attribute, request.written, false)) return undefined;
  return keepSubs(
    attribute,
    value,
    (sub) => sub.returned === 'always' || (isShown(sub, request.written, true) && !selection.subs.has(sub.name)),
  );
};

const nothing: JsonObject = {};
const objectAt = (container: JsonObject, name: string): JsonObject => {
  const value = own(container, name);
  return isObject(value) ? value : nothing;
};

const isMeta = ({ name }: Attribute) => name === 'meta';
const meta = commonAttributes.filter(isMeta);
const notMeta = commonAttributes.filter((attribute) => !isMeta(attribute));

const createProject = (type: ResourceType, keep: Keep, selections: Selections): Projection['project'] => {
  const projectAttributes = (container: JsonObject, attributes: readonly Attribute[], written: JsonObject) => {
    const kept: Record<string, Json> = {};
    for (const attribute of attributes) {
      const { name } = attribute;
      const value = own(container, name);
      if (value === undefined) continue;
      const request = { selection: selections.get(attribute), written: own(written, name) };
      const projected = keep(attribute, value, request);
      if (projected !== undefined) kept[name] = projected;
    }
    return kept;
  };
  const core = [...notMeta, ...type.schema.attributes];
  return (resource, written = nothing) => {
    const answer = projectAttributes(resource, core, written);
    for (const { schema } of type.extensions) {
      const kept = projectAttributes(objectAt(resource, schema.id), schema.attributes, objectAt(written, schema.id));
      if (!isUnassigned(kept)) answer[schema.id] = kept;
    }
    // meta comes last, as is customary.
    return Object.assign(answer, projectAttributes(resource, meta, written));
  };
};

export type ProjectionRequest = {
  readonly attributes: Names | undefined;
  readonly excludedAttributes: Names | undefined;
};

/** @throws invalidValue if both lists are present, because they are mutually exclusive (RFC 7644 section 3.9) */
export function createProjection(
  { attributes, excludedAttributes }: ProjectionRequest,
  type: ResourceType,
  tolerate: Tolerate,
): Projection {
  if (attributes !== undefined && excludedAttributes !== undefined)
    throw invalidValue('attributes and excludedAttributes cannot be used together: omit one of them.');
  const selections = select(attributes ?? excludedAttributes ?? [], type, tolerate);
  const keep = attributes !== undefined ? keepOnly : excludedAttributes !== undefined ? keepOthers : keepDefault;
  const has = (name: string | undefined): boolean => {
    const attribute = type.schema.attributes.find((one) => one.name === name);
    if (attribute === undefined) return false;
    const selection = selections.get(attribute);
    return attributes === undefined ? selection?.whole !== true : selection !== undefined;
  };
  const project = createProject(type, keep, selections);
  const include = { members: has(type.members?.attribute), groups: has(type.memberOf?.attribute) };
  const named = attributes !== undefined && include.members ? type.members?.attribute : undefined;
  return {
    requested: attributes !== undefined || excludedAttributes !== undefined,
    // A group without members says so to a client that asks for them (RFC 7643 section 2.5 allows both forms).
    project: named === undefined ? project : (resource, written) => ({ [named]: [], ...project(resource, written) }),
    include,
  };
}

/** Reads names that are separated by commas; undefined for none. */
export const toNames = (list: string | undefined): readonly string[] | undefined => {
  const given = list?.split(',').map((name) => name.trim());
  const some = given?.filter((name) => name !== '');
  return some === undefined || some.length === 0 ? undefined : some;
};

/** Reads both lists, separated by commas, from a query string. */
export const readNames = (query: ReadonlyMap<string, string>): ProjectionRequest => ({
  attributes: toNames(query.get('attributes')),
  excludedAttributes: toNames(query.get('excludedAttributes')),
});
