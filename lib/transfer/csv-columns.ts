/** The columns of a CSV file: each sets one attribute of a user, named by its SCIM path in the header row. */
import {
  type Attribute,
  equalTerms,
  type JsonObject,
  type ResourceType,
  ScimError,
  type Target,
  targetPath,
  toPatchLocation,
} from '../scim/index.ts';

type Simple = string | number | boolean;
/** A resource while its cells are read. */
export type Draft = { [name: string]: Simple | Draft | (Simple | Draft)[] };
type Slot = {
  readonly target: Target;
  /** The terms of a value filter, such as `{ type: 'work' }`; empty without one. */
  readonly terms: JsonObject;
};
export type Column = Slot & { readonly name: string };

/** A column that cannot be imported: the message says why. */
export class ColumnFault extends Error {}

const isDraft = (value: Draft[string] | undefined): value is Draft =>
  typeof value === 'object' && !Array.isArray(value);
const childOf = (draft: Draft, name: string): Draft => {
  const existing = draft[name];
  if (isDraft(existing)) return existing;
  const made: Draft = {};
  draft[name] = made;
  return made;
};

/** The value of a multi-valued attribute that has the terms; columns with the same terms fill one value. */
const valueWith = (draft: Draft, name: string, terms: JsonObject): Draft => {
  const existing = draft[name];
  const values = Array.isArray(existing) ? existing : [];
  draft[name] = values;
  const isSame = (value: Simple | Draft): value is Draft =>
    isDraft(value) && Object.entries(terms).every(([key, term]) => value[key] === term);
  const found = values.find(isSame);
  if (found !== undefined) return found;
  const made: Draft = {};
  for (const [key, term] of Object.entries(terms)) if (isSimple(term)) made[key] = term;
  values.push(made);
  return made;
};
const isSimple = (value: unknown): value is Simple => ['string', 'number', 'boolean'].includes(typeof value);

/** The attribute that holds the cell: a complex attribute named as a whole takes it as its `value`. */
const leafOf = ({ attribute, sub }: Target): Attribute =>
  sub ?? attribute.subAttributes?.find(({ name }) => name === 'value') ?? attribute;

/** Booleans and numbers by the type of the attribute; any other text as it is, so that the directory judges it. */
const toValue = ({ type }: Attribute, text: string): Simple => {
  if (type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const isNumber = (type === 'integer' || type === 'decimal') && /^-?\d+(\.\d+)?$/.test(text);
  return isNumber ? Number(text) : text;
};

/** Sets the attribute of one cell. */
export const setCell = (draft: Draft, { target, terms }: Slot, text: string): void => {
  const { extension, attribute } = target;
  const container = extension === undefined ? draft : childOf(draft, extension);
  const leaf = leafOf(target);
  const value = toValue(leaf, text);
  if (attribute.type !== 'complex') container[attribute.name] = attribute.multiValued ? [value] : value;
  else if (attribute.multiValued) valueWith(container, attribute.name, terms)[leaf.name] = value;
  else childOf(container, attribute.name)[leaf.name] = value;
};

/** @returns the location that a path names. @throws ColumnFault */
const toLocation = (path: string, type: ResourceType) => {
  try {
    return toPatchLocation(path, type, () => true);
  } catch (error) {
    if (error instanceof ScimError)
      throw new ColumnFault(`${JSON.stringify(path)} is no path of an attribute. ${error.message}`);
    throw error;
  }
};

const toSlot = (path: string, type: ResourceType): Slot => {
  const location = toLocation(path, type);
  if ('extension' in location) throw new ColumnFault(`${path} is a schema: name one of its attributes.`);
  const { target, filter } = location;
  const { attribute, sub } = target;
  const isReadOnly = attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly';
  if (isReadOnly && attribute.name !== 'id') throw new ColumnFault(`${targetPath(target)} is read-only.`);
  if (leafOf(target).type === 'complex')
    throw new ColumnFault(`${targetPath(target)} has several parts: name one of them.`);
  const terms = filter === undefined ? {} : equalTerms(filter);
  if (terms === undefined) throw new ColumnFault(`the filter of ${path} may use eq and and only.`);
  return { target, terms };
};

/** Two columns with the same slot would overwrite each other. */
const slotKey = ({ target, terms }: Slot): string =>
  JSON.stringify([targetPath({ ...target, sub: undefined }), leafOf(target).name, terms]);

/**
 * Reads the header row.
 * @param map paths for columns whose names are no SCIM paths; an empty path ignores the column
 * @returns undefined for an ignored column
 * @throws ColumnFault
 */
export const readColumns = (
  names: readonly string[],
  type: ResourceType,
  map: ReadonlyMap<string, string>,
): readonly (Column | undefined)[] => {
  for (const name of map.keys())
    if (!names.includes(name)) throw new ColumnFault(`there is no column ${JSON.stringify(name)} to map.`);
  const used = new Map<string, string>();
  return names.map((name) => {
    const path = map.get(name) ?? name.trim();
    if (path === '' && map.has(name)) return undefined;
    const column = { name, ...toSlot(path, type) };
    const key = slotKey(column);
    const twin = used.get(key);
    if (twin !== undefined)
      throw new ColumnFault(`columns ${JSON.stringify(twin)} and ${JSON.stringify(name)} are the same attribute.`);
    used.set(key, name);
    return column;
  });
};
