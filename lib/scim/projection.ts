/** Which attributes an answer has: `attributes` and `excludedAttributes` (RFC 7644 section 3.9), and `returned` (RFC 7643 section 7). */
import { parseAttributePath, resolveAttribute } from './attribute-path.ts';
import type { Tolerate } from './dialect.ts';
import { invalidValue } from './error.ts';
import type { Target } from './filter/bound-filter.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from './json.ts';
import type { Attribute, ResourceType } from './schema.ts';
import { commonAttributes } from './schemas/common.ts';
import type { Include } from './store-port.ts';

export type Projection = {
  /** Whether the client asked for one: then even a PATCH answers with the resource. */
  readonly asked: boolean;
  /** @returns a copy with what the answer has */
  readonly project: (resource: JsonObject) => JsonObject;
  /** Which memberships are in the answer. */
  readonly include: Include;
};
type Names = readonly string[];

/** How an attribute stands in the request: named as a whole, by some of its sub-attributes, or not. */
type Selection = { readonly whole: boolean; readonly subs: ReadonlySet<string> };
type Selections = ReadonlyMap<string, Selection>;

const keyOf = ({ extension, attribute }: Pick<Target, 'extension' | 'attribute'>): string =>
  `${extension ?? ''} ${attribute.name}`;

/** Names that the type does not have are ignored: clients ask for what other service providers have. */
const select = (names: Names, type: ResourceType, tolerate: Tolerate): Selections => {
  const selections = new Map<string, { whole: boolean; subs: Set<string> }>();
  const add = (target: Target) => {
    const selection = selections.get(keyOf(target)) ?? { whole: false, subs: new Set<string>() };
    if (target.sub === undefined) selection.whole = true;
    else selection.subs.add(target.sub.name);
    selections.set(keyOf(target), selection);
  };
  for (const name of names) {
    const extension = type.extensions.find(({ schema }) => schema.id.toLowerCase() === name.toLowerCase())?.schema;
    for (const attribute of extension?.attributes ?? []) add({ extension: extension?.id, attribute, sub: undefined });
    const path = parseAttributePath(name);
    const target = path && resolveAttribute(type, path, tolerate);
    if (target !== undefined) add(target);
  }
  return selections;
};

/** One attribute's value in the answer; undefined: left out. */
type Keep = (attribute: Attribute, value: Json, selection: Selection | undefined) => Json | undefined;

const eachValue = (value: Json, edit: (one: JsonObject) => JsonObject): Json | undefined => {
  const edited = Array.isArray(value)
    ? value.map((one: Json) => (isObject(one) ? edit(one) : one)).filter((one) => !isUnassigned(one))
    : isObject(value)
      ? edit(value)
      : value;
  return isUnassigned(edited) ? undefined : edited;
};
const isAlways = (attribute: Attribute, name: string) =>
  attribute.subAttributes?.find((sub) => sub.name === name)?.returned === 'always';

const keepDefault: Keep = ({ returned }, value) =>
  returned === 'default' || returned === 'always' ? value : undefined;

const keepOnly: Keep = (attribute, value, selection) => {
  if (attribute.returned === 'never') return undefined;
  if (attribute.returned === 'always' || selection?.whole === true) return value;
  if (selection === undefined) return undefined;
  return eachValue(value, (one) =>
    Object.fromEntries(Object.entries(one).filter(([name]) => selection.subs.has(name) || isAlways(attribute, name))),
  );
};

const keepOthers: Keep = (attribute, value, selection) => {
  const { returned } = attribute;
  if (returned === 'always') return value;
  if (returned !== 'default' || selection?.whole === true) return undefined;
  if (selection === undefined) return value;
  return eachValue(value, (one) =>
    Object.fromEntries(Object.entries(one).filter(([name]) => !selection.subs.has(name) || isAlways(attribute, name))),
  );
};

const projectAttributes = (
  container: JsonObject,
  attributes: readonly Attribute[],
  keep: (attribute: Attribute, value: Json) => Json | undefined,
): JsonObject => {
  const kept: Record<string, Json> = {};
  for (const attribute of attributes) {
    const value = own(container, attribute.name);
    const projected = value === undefined ? undefined : keep(attribute, value);
    if (projected !== undefined) kept[attribute.name] = projected;
  }
  return kept;
};

const createProject =
  (type: ResourceType, keep: Keep, selections: Selections) =>
  (resource: JsonObject): JsonObject => {
    const keeper = (extension: string | undefined) => (attribute: Attribute, value: Json) =>
      keep(attribute, value, selections.get(keyOf({ extension, attribute })));
    const extensions = type.extensions.flatMap(({ schema }): [string, JsonObject][] => {
      const container = own(resource, schema.id);
      if (!isObject(container)) return [];
      const kept = projectAttributes(container, schema.attributes, keeper(schema.id));
      return Object.keys(kept).length === 0 ? [] : [[schema.id, kept]];
    });
    const core = projectAttributes(resource, [...commonAttributes, ...type.schema.attributes], keeper(undefined));
    // meta stands last, as clients are used to see it.
    const { meta, ...rest } = core;
    return { ...rest, ...Object.fromEntries(extensions), ...(meta === undefined ? {} : { meta }) };
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
    const selection = selections.get(keyOf({ extension: undefined, attribute }));
    return attributes === undefined ? selection?.whole !== true : selection !== undefined;
  };
  return {
    asked: attributes !== undefined || excludedAttributes !== undefined,
    project: createProject(type, keep, selections),
    include: { members: has(type.members?.attribute), groups: has(type.memberOf?.attribute) },
  };
}
