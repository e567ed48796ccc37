/** What a path of a PATCH names (RFC 7644 section 3.5.2, figure 7), and where that lies in a resource. */

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
  /** The members before the request; only asked for when a filter selects members by anything but their value. */
  readonly membersBefore: readonly Member[];
  /** For a filter that selects members by their `$ref`. */
  readonly locate?: Locate;
};

export type PatchTarget = {
  readonly target: Target;
  /** The value filter, bound to the sub-attributes of `target.attribute`. */
  readonly filter: BoundFilter | undefined;
};
/** A path may also name a whole extension. */
export type PatchLocation = PatchTarget | { readonly extension: string };

const extensionOf = (type: ResourceType, path: string): string | undefined =>
  type.extensions.find(({ schema }) => schema.id.toLowerCase() === path.toLowerCase())?.schema.id;

const findLocation = (path: string, type: ResourceType, tolerate: Tolerate): PatchLocation => {
  const extension = extensionOf(type, path);
  if (extension !== undefined) return { extension };
  const { path: attributePath, filter, sub } = parsePatchPath(path);
  const target = resolveAttribute(type, attributePath, tolerate);
  if (target === undefined) throw invalidPath(`${type.name} has no attribute ${JSON.stringify(path)}`);
  if (filter === undefined) return { target, filter: undefined };
  if (!target.attribute.multiValued || target.sub !== undefined)
    throw invalidPath(`${targetPath(target)} takes one value, so a filter cannot select among its values`);
  const bound = bindValueFilter(filter, target, tolerate);
  if (sub === undefined) return { target, filter: bound };
  const subAttribute = target.attribute.subAttributes?.find(({ name }) => name.toLowerCase() === sub.toLowerCase());
  if (subAttribute === undefined)
    throw invalidPath(`${targetPath(target)} has no sub-attribute ${JSON.stringify(sub)}`);
  return { target: { ...target, sub: subAttribute }, filter: bound };
};

/** A location, or why there is none, and the dialects that led to it. */
type Known = { readonly found: PatchLocation | ScimError; readonly needed: readonly DialectName[] };
/** Clients send the same few paths again and again. By path. */
const knownOf = onceForEach((_type: ResourceType) => new Map<string, Known>());
const KNOWN_PATHS = 500;
const KNOWN_LENGTH = 200;

const remember = (path: string, type: ResourceType, outcome: Known): void => {
  if (path.length > KNOWN_LENGTH) return;
  const paths = knownOf(type);
  if (paths.size >= KNOWN_PATHS) paths.clear();
  paths.set(path, outcome);
};

const findOutcome = (path: string, type: ResourceType, tolerate: Tolerate): Known['found'] => {
  try {
    return findLocation(path, type, tolerate);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
};

const recall = (path: string, type: ResourceType, tolerate: Tolerate): Known['found'] => {
  const before = knownOf(type).get(path);
  if (before?.needed.every(tolerate)) return before.found;
  const needed: DialectName[] = [];
  let refused = false;
  const found = findOutcome(path, type, (name) => {
    needed.push(name);
    const tolerated = tolerate(name);
    refused ||= !tolerated;
    return tolerated;
  });
  // What comes of a refusal holds for the strict only.
  if (!refused) remember(path, type, { found, needed });
  return found;
};

/** @throws invalidPath, invalidFilter (400) */
export function toPatchLocation(path: string, type: ResourceType, tolerate: Tolerate): PatchLocation {
  const found = recall(path, type, tolerate);
  if (found instanceof ScimError) throw found;
  return found;
}

/** @throws mutability when the service provider alone may write it (RFC 7643 section 7) */
export function checkWritable({ target }: PatchTarget): void {
  const { attribute, sub } = target;
  if (attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly')
    throw mutability(`${targetPath(target)} is read-only`);
}

export const valueAt = (attributes: JsonObject, { extension, attribute }: Target): Json | undefined => {
  const container = extension === undefined ? attributes : own(attributes, extension);
  return isObject(container) ? own(container, attribute.name) : undefined;
};

/** Attributes that are being changed. */
export type MutableAttributes = Record<string, Json>;

const setMember = (object: MutableAttributes, name: string, value: Json | undefined): void => {
  if (value === undefined || isUnassigned(value)) delete object[name];
  else object[name] = value;
};

/** Puts the value in its place; without one the attribute goes, and an extension with its last attribute. */
export const setValueAt = (
  draft: MutableAttributes,
  { extension, attribute }: Target,
  value: Json | undefined,
): void => {
  if (extension === undefined) {
    setMember(draft, attribute.name, value);
    return;
  }
  const container = own(draft, extension);
  const copy: MutableAttributes = isObject(container) ? { ...container } : {};
  setMember(copy, attribute.name, value);
  setMember(draft, extension, copy);
};
