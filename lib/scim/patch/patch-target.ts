/** Resolves the paths of PATCH operations (RFC 7644 section 3.5.2, figure 7), and reads and writes their values. */

import type { DialectName, Tolerate } from '../dialect.ts';
import { invalidPath, mutability, ScimError } from '../error.ts';
import { bindValueFilter } from '../filter/bind-filter.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import type { Locate } from '../resource/representation.ts';
import { resolveAttribute, type Target, targetPath } from '../schema/attribute-path.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Member } from '../store-port.ts';
import { parsePatchPath } from './patch-path.ts';

export type PatchContext = {
  readonly type: ResourceType;
  readonly tolerate: Tolerate;
  /** The members before the request; needed only if a filter selects members by anything but their value. */
  readonly membersBefore: readonly Member[];
  /** Needed for a filter that selects members by their `$ref`. */
  readonly locate?: Locate;
};

export type PatchTarget = {
  readonly target: Target;
  /** The value filter, bound to the sub-attributes of `target.attribute`. */
  readonly filter: BoundFilter | undefined;
};
/** The location a path names: an attribute, or a whole extension. */
export type PatchLocation = PatchTarget | { readonly extension: string };

const extensionOf = (type: ResourceType, path: string): string | undefined =>
  type.extensions.find(({ schema }) => schema.id.toLowerCase() === path.toLowerCase())?.schema.id;

const findLocation = (path: string, type: ResourceType, tolerate: Tolerate): PatchLocation => {
  const extension = extensionOf(type, path);
  if (extension !== undefined) return { extension };
  const { path: attributePath, filter, sub } = parsePatchPath(path);
  const target = resolveAttribute(type, attributePath, tolerate);
  if (target === undefined)
    throw invalidPath(`${type.name} has no attribute ${JSON.stringify(path)}: correct the path.`);
  if (filter === undefined) return { target, filter: undefined };
  if (!target.attribute.multiValued || target.sub !== undefined)
    throw invalidPath(`${targetPath(target)} is not a multi-valued attribute: remove the filter from the path.`);
  const bound = bindValueFilter(filter, target, tolerate);
  if (sub === undefined) return { target, filter: bound };
  const subAttribute = target.attribute.subAttributes?.find(({ name }) => name.toLowerCase() === sub.toLowerCase());
  if (subAttribute === undefined)
    throw invalidPath(`${targetPath(target)} has no sub-attribute ${JSON.stringify(sub)}: correct the path.`);
  return { target: { ...target, sub: subAttribute }, filter: bound };
};

/** A location or the error, and the dialects that led to it. */
type Resolution = { readonly result: PatchLocation | ScimError; readonly needed: readonly DialectName[] };
/** A cache by path, because clients send the same few paths all the time. */
const cacheOf = onceForEach((_type: ResourceType) => new Map<string, Resolution>());
const MAX_CACHED_PATHS = 500;
const MAX_CACHED_LENGTH = 200;

const cache = (path: string, type: ResourceType, resolution: Resolution): void => {
  if (path.length > MAX_CACHED_LENGTH) return;
  const paths = cacheOf(type);
  if (paths.size >= MAX_CACHED_PATHS) paths.clear();
  paths.set(path, resolution);
};

const findResult = (path: string, type: ResourceType, tolerate: Tolerate): Resolution['result'] => {
  try {
    return findLocation(path, type, tolerate);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
};

const findCached = (path: string, type: ResourceType, tolerate: Tolerate): Resolution['result'] => {
  const cached = cacheOf(type).get(path);
  if (cached?.needed.every(tolerate)) return cached.result;
  const needed: DialectName[] = [];
  let refused = false;
  const result = findResult(path, type, (name) => {
    needed.push(name);
    const tolerated = tolerate(name);
    refused ||= !tolerated;
    return tolerated;
  });
  // A result that depends on a refused dialect does not hold for other requests.
  if (!refused) cache(path, type, { result, needed });
  return result;
};

/** Resolves a path. @throws invalidPath, invalidFilter (400) */
export function toPatchLocation(path: string, type: ResourceType, tolerate: Tolerate): PatchLocation {
  const result = findCached(path, type, tolerate);
  if (result instanceof ScimError) throw result;
  return result;
}

/** @throws mutability if only the service provider may write it (RFC 7643 section 7) */
export function checkWritable({ target }: PatchTarget): void {
  const { attribute, sub } = target;
  if (attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly')
    throw mutability(`${targetPath(target)} is read-only: remove the operation on it.`);
}

export const valueAt = (attributes: JsonObject, { extension, attribute }: Target): Json | undefined => {
  const container = extension === undefined ? attributes : own(attributes, extension);
  return isObject(container) ? own(container, attribute.name) : undefined;
};

/** Attributes while they are being changed. */
export type MutableAttributes = Record<string, Json>;

const setMember = (object: MutableAttributes, name: string, value: Json | undefined): void => {
  if (value === undefined || isUnassigned(value)) delete object[name];
  else object[name] = value;
};

/** Sets a value; an unassigned one removes the attribute, and an extension with its last attribute. */
export const setValueAt = (
  attributes: MutableAttributes,
  { extension, attribute }: Target,
  value: Json | undefined,
): void => {
  if (extension === undefined) {
    setMember(attributes, attribute.name, value);
    return;
  }
  const container = own(attributes, extension);
  const copy: MutableAttributes = isObject(container) ? { ...container } : {};
  setMember(copy, attribute.name, value);
  setMember(attributes, extension, copy);
};
