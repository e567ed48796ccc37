/** References to other resources by id, such as a user's manager. Memberships are handled separately. */
import {
  type Attribute,
  isObject,
  type Json,
  type JsonObject,
  type ResourceType,
  resourceTypes,
} from '../scim/index.ts';
import { textAt } from './resource-line.ts';

/** @returns the new id; null to drop the reference; undefined to leave it unchanged */
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
/** `change` returns the new value; null to remove it; undefined to leave it unchanged. */
const mapEntries = (object: JsonObject, change: Part): JsonObject =>
  Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const changed = change(name, value);
      return changed === null ? [] : [[name, changed === undefined ? value : changed]];
    }),
  );

/** @returns a result for `mapEntries` */
const translateValue = (value: Json, translate: Translate): JsonObject | null | undefined => {
  const id = isObject(value) ? textAt(value, 'value') : undefined;
  const newId = id === undefined ? undefined : translate(id);
  if (newId === null || newId === undefined || !isObject(value)) return newId === null ? null : undefined;
  // The location would still point to the old id.
  return mapEntries(value, (name) => {
    if (name.toLowerCase() === '$ref') return null;
    return name.toLowerCase() === 'value' ? newId : undefined;
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
