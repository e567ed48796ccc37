/** Where a resource names another one by its id: a user's manager. Memberships are not among them: they travel apart. */
import {
  type Attribute,
  isObject,
  type Json,
  type JsonObject,
  type ResourceType,
  resourceTypes,
} from '../scim/index.ts';
import { textAt } from './resource-line.ts';

/** @returns the id to write; null to leave the reference out; undefined to leave it as it is */
export type Translate = (id: string) => string | null | undefined;
export type References = {
  readonly idsIn: (resource: JsonObject) => readonly string[];
  readonly translate: (resource: JsonObject, translate: Translate) => JsonObject;
};

const typeNames = new Set(resourceTypes.map(({ name }) => name));
const isReference = ({ type, multiValued, mutability, subAttributes = [] }: Attribute): boolean =>
  type === 'complex' &&
  !multiValued &&
  mutability !== 'readOnly' &&
  subAttributes.some(
    ({ name, referenceTypes = [] }) => name === '$ref' && referenceTypes.some((t) => typeNames.has(t)),
  );

const namesIn = (attributes: readonly Attribute[]): ReadonlySet<string> =>
  new Set(attributes.filter(isReference).map(({ name }) => name.toLowerCase()));

type Part = (name: string, value: Json) => Json | null | undefined;
/** `change` says what becomes of a value: null takes it away, undefined leaves it. */
const mapEntries = (object: JsonObject, change: Part): JsonObject =>
  Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const changed = change(name, value);
      return changed === null ? [] : [[name, changed === undefined ? value : changed]];
    }),
  );

/** @returns an object as `mapEntries` wants it */
const translateValue = (value: Json, translate: Translate): JsonObject | null | undefined => {
  const id = isObject(value) ? textAt(value, 'value') : undefined;
  const wanted = id === undefined ? undefined : translate(id);
  if (wanted === null || wanted === undefined || !isObject(value)) return wanted === null ? null : undefined;
  // A location would still be the old one's.
  return mapEntries(value, (name) => {
    if (name.toLowerCase() === '$ref') return null;
    return name.toLowerCase() === 'value' ? wanted : undefined;
  });
};

export const referencesOf = ({ schema, extensions }: ResourceType): References => {
  const core = namesIn(schema.attributes);
  const byUrn = new Map(extensions.map((one) => [one.schema.id.toLowerCase(), namesIn(one.schema.attributes)]));
  const translate = (resource: JsonObject, by: Translate): JsonObject =>
    mapEntries(resource, (name, value) => {
      const names = byUrn.get(name.toLowerCase());
      if (names !== undefined && isObject(value))
        return mapEntries(value, (sub, part) => (names.has(sub.toLowerCase()) ? translateValue(part, by) : undefined));
      return core.has(name.toLowerCase()) ? translateValue(value, by) : undefined;
    });
  return {
    translate,
    idsIn: (resource) => {
      const ids: string[] = [];
      translate(resource, (id) => void ids.push(id));
      return ids;
    },
  };
};
