/** Resolves the paths of PATCH operations (RFC 7644 section 3.5.2, figure 7), and reads and writes their values. */

import type { DialectName, Tolerate } from '../dialect.ts';
import { invalidPath, invalidSyntax, mutability, ScimError } from '../error.ts';
import { bindValueFilter } from '../filter/bind-filter.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import type { Locate } from '../resource/representation.ts';
import {
  type AttributePath,
  ambiguous,
  isAmbiguous,
  resolveAttribute,
  resolveSchema,
  type Target,
  targetPath,
} from '../schema/attribute-path.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { GroupReference, Member } from '../store-port.ts';
import { parsePatchPath } from './patch-path.ts';
import type { Operation } from './patch-request.ts';

export type PatchContext = {
  readonly type: ResourceType;
  readonly tolerate: Tolerate;
  /** The members before the request; needed only if a filter selects members by anything but their value. */
  readonly membersBefore: readonly Member[];
  /** The id of the resource; needed to refuse a group as its own member. */
  readonly id?: string;
  /** The groups before the request; needed only if `replacesGroups`. */
  readonly groupsBefore?: readonly GroupReference[];
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

/** Names that other service providers have for `active`: never skipped, because a leaver would stay. */
const LIKE_ACTIVE = /^(enabled|accountenabled|isactive|disabled|suspended|locked|status)$/i;

/** Whether the name may stand for `active`, which the type has and the name does not mean. */
export const isLikeActive = (name: string, { schema }: ResourceType): boolean =>
  LIKE_ACTIVE.test(name) && schema.attributes.some((one) => one.name === 'active');

export const likeActive = (name: string, { name: type }: ResourceType) =>
  invalidPath(`${type} has no attribute ${JSON.stringify(name)}: use active to deactivate a user.`);

const unknownAttribute = (path: string, { urn, names: [name = ''] }: AttributePath, type: ResourceType) =>
  isLikeActive(name, type) && (urn === undefined || urn.toLowerCase() === type.schema.id.toLowerCase())
    ? likeActive(name, type)
    : invalidPath(`${type.name} has no attribute ${JSON.stringify(path)}: correct the path.`, 'unknown');

const findLocation = (path: string, type: ResourceType, tolerate: Tolerate): PatchLocation => {
  const schema = resolveSchema(type, path, tolerate);
  if (schema !== undefined && schema !== type.schema) return { extension: schema.id };
  const { path: attributePath, filter, sub } = parsePatchPath(path, tolerate);
  const target = resolveAttribute(type, attributePath, tolerate);
  if (target === undefined)
    throw isAmbiguous(type, attributePath) ? invalidPath(ambiguous(path)) : unknownAttribute(path, attributePath, type);
  if (filter === undefined) return { target, filter: undefined };
  const { multiValued, type: kind } = target.attribute;
  if (target.sub !== undefined || !(multiValued || (kind === 'complex' && tolerate('filterOnSingular'))))
    throw invalidPath(`${targetPath(target)} is not a multi-valued attribute: remove the filter from the path.`);
  const bound = bindValueFilter(filter, target, tolerate);
  if (sub === undefined) return { target, filter: bound };
  const subAttribute = target.attribute.subAttributes?.find(({ name }) => name.toLowerCase() === sub.toLowerCase());
  if (subAttribute === undefined)
    throw invalidPath(
      `${targetPath(target)} has no sub-attribute ${JSON.stringify(sub)}: correct the path.`,
      'unknown',
    );
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
  if (cached?.needed.every((name) => tolerate(name))) return cached.result;
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

/** Resolves a path. @returns undefined instead of an error */
export function tryPatchLocation(path: string, type: ResourceType, tolerate: Tolerate): PatchLocation | undefined {
  const result = findCached(path, type, tolerate);
  return result instanceof ScimError ? undefined : result;
}

/** Resolves a path. @throws invalidPath, invalidFilter (400) */
export function toPatchLocation(path: string, type: ResourceType, tolerate: Tolerate): PatchLocation {
  const result = findCached(path, type, tolerate);
  if (result instanceof ScimError) throw result;
  return result;
}

const PATH_SIGNS = /[.:[]/;

/** Resolves a key: the name of an attribute, or under a dialect a path; undefined if it names nothing. */
export const keyLocation = (key: string, type: ResourceType, tolerate: Tolerate): PatchLocation | undefined => {
  if (!PATH_SIGNS.test(key)) {
    const path = { urn: undefined, names: [key] };
    const target = resolveAttribute(type, path, tolerate);
    if (target === undefined && isAmbiguous(type, path)) throw invalidSyntax(ambiguous(key));
    return target && { target, filter: undefined };
  }
  const location = tryPatchLocation(key, type, tolerate);
  if (location === undefined || 'extension' in location) return location;
  return tolerate('pathAsKey') ? location : undefined;
};

export const isReadOnly = ({ attribute, sub }: Target) =>
  attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly';

/** Whether the operations replace all groups of a user, so that the present ones must be read. */
export const replacesGroups = (operations: readonly Operation[], { memberOf }: ResourceType): boolean => {
  const name = memberOf?.attribute?.toLowerCase();
  return (
    name !== undefined && operations.some(({ op, path }) => op === 'replace' && path?.toLowerCase().endsWith(name))
  );
};

const idOf = (value: Json) => (isObject(value) ? own(value, 'value') : value);

/** Whether an operation on the readOnly groups of a user means that the user leaves one. */
const leavesGroup = (
  { target, filter }: PatchTarget,
  { op, value = null }: Operation,
  { type, groupsBefore = [] }: PatchContext,
): boolean => {
  if (target.extension !== undefined || target.attribute.name !== type.memberOf?.attribute) return false;
  if (op !== 'replace' || filter !== undefined || target.sub !== undefined) return op === 'remove';
  const given = new Set((Array.isArray(value) ? value : [value]).map(idOf));
  return groupsBefore.some(({ id }) => !given.has(id));
};

/** @throws mutability if only the service provider may write it (RFC 7643 section 7) */
export function checkWritable(location: PatchTarget, operation: Operation, context: PatchContext): void {
  if (!isReadOnly(location.target)) return;
  const skip = leavesGroup(location, operation, context) ? undefined : 'readOnly';
  throw mutability(`${targetPath(location.target)} is read-only: remove the operation on it.`, skip);
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
