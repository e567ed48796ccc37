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

/** How an attribute stands in the request that is answered. */
type Standing = {
  readonly selection: Selection | undefined;
  /** The client wrote it, or one of these sub-attributes. */
  readonly written: (sub: string | undefined) => boolean;
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

/** `request` is answered to who wrote it (RFC 7643 section 7). */
const isShown = ({ returned, name }: Attribute, written: Standing['written'], isSub: boolean): boolean =>
  returned === 'default' || returned === 'always' || (returned === 'request' && written(isSub ? name : undefined));

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

const nothing: JsonObject = {};
const objectAt = (container: JsonObject, name: string): JsonObject => {
  const value = own(container, name);
  return isObject(value) ? value : nothing;
};

/** What the client wrote, as a question: an attribute, or a sub-attribute in any of its values. */
const writtenOf = (written: JsonObject, attribute: Attribute): Standing['written'] => {
  const value = own(written, attribute.name);
  return (sub) => {
    if (sub === undefined) return value !== undefined;
    const values: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
    return values.some((one) => isObject(one) && own(one, sub) !== undefined);
  };
};

const createProject =
  (type: ResourceType, keep: Keep, selections: Selections): Projection['project'] =>
  (resource, written = nothing) => {
    const keeper = (extension: string | undefined) => {
      const from = extension === undefined ? written : objectAt(written, extension);
      return (attribute: Attribute, value: Json) =>
        keep(attribute, value, {
          selection: selections.get(keyOf({ extension, attribute })),
          written: writtenOf(from, attribute),
        });
    };
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
