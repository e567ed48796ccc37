/** Which attributes an answer has: `attributes` and `excludedAttributes` (RFC 7644 section 3.9), and `returned` (RFC 7643 section 7). */

import type { Tolerate } from '../dialect.ts';
import { invalidValue } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { parseAttributePath, resolveAttribute, type Target } from '../schema/attribute-path.ts';
import { commonAttributes } from '../schema/common.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';
import type { Include } from '../store-port.ts';

export type Projection = {
  /** Whether the client asked for one: then even a PATCH answers with the resource. */
  readonly asked: boolean;
  /**
   * @param written what the client specified in the request that is answered, for attributes that are returned by request
   * @returns a copy with what the answer has
   */
  readonly project: (resource: JsonObject, written?: JsonObject) => JsonObject;
  /** Which memberships are in the answer. */
  readonly include: Include;
};
type Names = readonly string[];

/** How an attribute stands in the request: named as a whole, by some of its sub-attributes, or not. */
type Selection = { readonly whole: boolean; readonly subs: ReadonlySet<string> };
type Selections = ReadonlyMap<Attribute, Selection>;

/** Names that the type does not have are ignored: clients ask for what other service providers have. */
const select = (names: Names, type: ResourceType, tolerate: Tolerate): Selections => {
  const selections = new Map<Attribute, { whole: boolean; subs: Set<string> }>();
  const add = ({ attribute, sub }: Pick<Target, 'attribute' | 'sub'>) => {
    const selection = selections.get(attribute) ?? { whole: false, subs: new Set<string>() };
    if (sub === undefined) selection.whole = true;
    else selection.subs.add(sub.name);
    selections.set(attribute, selection);
  };
  for (const name of names) {
    const extension = type.extensions.find(({ schema }) => schema.id.toLowerCase() === name.toLowerCase())?.schema;
    for (const attribute of extension?.attributes ?? []) add({ attribute, sub: undefined });
    const path = parseAttributePath(name);
    const target = path && resolveAttribute(type, path, tolerate);
    if (target !== undefined) add(target);
  }
  return selections;
};

/** How an attribute stands in the request that is answered. */
type Standing = {
  readonly selection: Selection | undefined;
  /** Its value in what the client specified. */
  readonly written: Json | undefined;
};
/** One attribute's value in the answer; undefined: left out. */
type Keep = (attribute: Attribute, value: Json, standing: Standing) => Json | undefined;

const eachValue = (value: Json, edit: (one: JsonObject) => JsonObject): Json | undefined => {
  const edited = Array.isArray(value)
    ? value.map((one: Json) => (isObject(one) ? edit(one) : one)).filter((one) => !isUnassigned(one))
    : isObject(value)
      ? edit(value)
      : value;
  return isUnassigned(edited) ? undefined : edited;
};

const isPlain = ({ returned }: Attribute) => returned === 'default';

/** The value with those of its sub-attributes that `keeps` says. */
const keepSubs = ({ subAttributes = [] }: Attribute, value: Json, keeps: (sub: Attribute) => boolean) => {
  const kept = new Set(subAttributes.filter(keeps).map(({ name }) => name));
  return eachValue(value, (one) => Object.fromEntries(Object.entries(one).filter(([name]) => kept.has(name))));
};

/** The client wrote the attribute, or this sub-attribute in any of its values. */
const isWritten = (written: Json | undefined, sub: string | undefined): boolean => {
  if (sub === undefined) return written !== undefined;
  const values: readonly Json[] = Array.isArray(written) ? written : [written ?? null];
  return values.some((one) => isObject(one) && own(one, sub) !== undefined);
};

/** `request` is answered to who wrote it (RFC 7643 section 7). */
const isShown = ({ returned, name }: Attribute, written: Json | undefined, isSub: boolean): boolean =>
  returned === 'default' ||
  returned === 'always' ||
  (returned === 'request' && isWritten(written, isSub ? name : undefined));

const keepDefault: Keep = (attribute, value, { written }) => {
  if (!isShown(attribute, written, false)) return undefined;
  if (attribute.subAttributes?.every(isPlain) ?? true) return value;
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
    (sub) => sub.returned === 'always' || (sub.returned !== 'never' && isNamed(sub)) || (always && isPlain(sub)),
  );
};

const keepOthers: Keep = (attribute, value, standing) => {
  const { selection } = standing;
  if (attribute.returned === 'always' || selection === undefined) return keepDefault(attribute, value, standing);
  if (selection.whole || !isShown(attribute, standing.written, false)) return undefined;
  return keepSubs(
    attribute,
    value,
    (sub) => sub.returned === 'always' || (isShown(sub, standing.written, true) && !selection.subs.has(sub.name)),
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
      const standing = { selection: selections.get(attribute), written: own(written, name) };
      const projected = keep(attribute, value, standing);
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
    // meta stands last, as clients are used to see it.
    return Object.assign(answer, projectAttributes(resource, meta, written));
  };
};

export type ProjectionRequest = {
  readonly attributes: Names | undefined;
  readonly excludedAttributes: Names | undefined;
};

/** @throws invalidValue when both lists are given: RFC 7644 section 3.9 has them exclude each other */
export function createProjection(
  { attributes, excludedAttributes }: ProjectionRequest,
  type: ResourceType,
  tolerate: Tolerate,
): Projection {
  if (attributes !== undefined && excludedAttributes !== undefined)
    throw invalidValue('attributes and excludedAttributes cannot be given together');
  const selections = select(attributes ?? excludedAttributes ?? [], type, tolerate);
  const keep = attributes !== undefined ? keepOnly : excludedAttributes !== undefined ? keepOthers : keepDefault;
  const has = (name: string | undefined): boolean => {
    const attribute = type.schema.attributes.find((one) => one.name === name);
    if (attribute === undefined) return false;
    const selection = selections.get(attribute);
    return attributes === undefined ? selection?.whole !== true : selection !== undefined;
  };
  return {
    asked: attributes !== undefined || excludedAttributes !== undefined,
    project: createProject(type, keep, selections),
    include: { members: has(type.members?.attribute), groups: has(type.memberOf?.attribute) },
  };
}

const names = (list: string | undefined): readonly string[] | undefined => {
  const given = list?.split(',').map((name) => name.trim());
  const some = given?.filter((name) => name !== '');
  return some === undefined || some.length === 0 ? undefined : some;
};

/** The two lists of a query string, names separated by commas. */
export const readNames = (query: ReadonlyMap<string, string>): ProjectionRequest => ({
  attributes: names(query.get('attributes')),
  excludedAttributes: names(query.get('excludedAttributes')),
});
