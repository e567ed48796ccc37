/** Applies the operations of a PATCH in order to a copy (RFC 7644 section 3.5.2): all of them, or none. */

import { invalidSyntax, invalidValue, mutability, ScimError } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from '../json/json.ts';
import { isLocation } from '../schema/attribute.ts';
import { resolveAttribute, type Target, targetPath } from '../schema/attribute-path.ts';
import { commonAttributes } from '../schema/common.ts';
import { missingAttributes } from '../schema/required-attributes.ts';
import type { ResourceType } from '../schema/schema.ts';
import { checkStorable } from '../schema/storable.ts';
import type { MemberChanges } from '../store-port.ts';
import { createMemberPatch, type MemberPatch } from './member-changes.ts';
import { isMembers, patchMembers } from './patch-members.ts';
import type { Operation } from './patch-request.ts';
import {
  checkWritable,
  type MutableAttributes,
  type PatchContext,
  type PatchLocation,
  type PatchTarget,
  setValueAt,
  toPatchLocation,
  valueAt,
} from './patch-target.ts';
import { patchValue } from './patch-values.ts';

export type Patched = { readonly attributes: JsonObject; readonly members: MemberChanges | undefined };
type Edit = Operation & { readonly context: PatchContext };
/** The state between two operations. `attributes` is a copy that belongs to this request. */
type State = { readonly attributes: MutableAttributes; readonly members: MemberPatch };

/** @throws mutability if the operation would remove a required value entirely */
const checkRemoval = ({ target, filter }: PatchTarget, value: Operation['value']): void => {
  // If only some values are removed, the check after the last operation finds out whether any remain.
  const isPartial = filter !== undefined || !isUnassigned(value);
  if ((target.sub ?? target.attribute).required && !isPartial)
    throw mutability(`${targetPath(target)} is required and cannot be removed: replace its value instead.`);
  if (isActive(target)) throw mutability('active cannot be removed: replace it with true or false.');
};

/** `active` always keeps a value, because removing it must never reactivate a deactivated user. */
const isActive = ({ extension, attribute }: Target) => attribute.name === 'active' && extension === undefined;

/** Applies one operation to one attribute. */
const patchAttribute = (state: State, location: PatchTarget, edit: Edit): State => {
  const { op, value, context } = edit;
  const { target } = location;
  if (isMembers(context.type, target.attribute)) {
    patchMembers(state.members, location, edit);
    return state;
  }
  if (op === 'remove') checkRemoval(location, value);
  const before = valueAt(state.attributes, target);
  const after = patchValue(before, location, { op, value, tolerate: context.tolerate });
  const leaf = target.sub ?? target.attribute;
  // A writeOnly value such as a password is checked, then dropped; so is a location.
  if (leaf.returned === 'never' || (op !== 'remove' && isLocation(leaf))) return state;
  // An unassigned value (null, [], or under a dialect an empty string) leaves `active` unchanged.
  if (after === undefined && isActive(target)) return state;
  setValueAt(state.attributes, target, after);
  return state;
};

const readOnlyNames = new Set(
  commonAttributes.filter(({ mutability: allowed }) => allowed === 'readOnly').map(({ name }) => name.toLowerCase()),
);
/** Resolves a key that is an attribute name, not a path. */
const attributeOf = (key: string, { type, tolerate }: PatchContext): Target | undefined =>
  /[.:[]/.test(key) ? undefined : resolveAttribute(type, { urn: undefined, names: [key] }, tolerate);

/** Resolves a key that is a path, which a dialect allows; undefined if it names nothing. */
const keyAsPath = (key: string, { type, tolerate }: PatchContext): PatchLocation | undefined => {
  if (!/[.:[]/.test(key)) return undefined;
  try {
    const location = toPatchLocation(key, type, tolerate);
    return 'extension' in location || tolerate('pathAsKey') ? location : undefined;
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
};

const isReadOnly = ({ attribute, sub }: Target) =>
  attribute.mutability === 'readOnly' || sub?.mutability === 'readOnly';

/** Resolves a key of the value; undefined if the key is ignored: unknown, or read-only. */
const locationOf = (key: string, context: PatchContext): PatchLocation | undefined => {
  if (readOnlyNames.has(key.toLowerCase())) return undefined;
  const target = attributeOf(key, context);
  const location = target === undefined ? keyAsPath(key, context) : { target, filter: undefined };
  if (location === undefined && !context.tolerate('unknownAttributeIgnored'))
    throw invalidSyntax(
      `${context.type.name} has no attribute ${JSON.stringify(key)}: omit it or declare it in the directory's schemas.`,
    );
  return location !== undefined && 'target' in location && isReadOnly(location.target) ? undefined : location;
};

/** Applies an operation without a path: the value names the attributes, and readOnly ones are ignored. */
const patchWithoutPath = (before: State, value: JsonObject, edit: Edit): State => {
  const { type, tolerate } = edit.context;
  return Object.entries(value).reduce((state, [key, given]) => {
    if (key.toLowerCase() === type.schema.id.toLowerCase() && isObject(given) && tolerate('coreUrnAsKey'))
      return patchWithoutPath(state, given, edit);
    const location = locationOf(key, edit.context);
    if (location === undefined) return state;
    return 'extension' in location
      ? patchExtension(state, location.extension, { ...edit, value: given })
      : patchAttribute(state, location, { ...edit, value: given });
  }, before);
};

/** Applies an operation to a whole extension, named by its URN in the path or as a key. */
const patchExtension = (before: State, urn: string, edit: Edit): State => {
  const { op, value, context } = edit;
  if (op === 'remove' || value === null) {
    delete before.attributes[urn];
    return before;
  }
  if (!isObject(value)) throw invalidValue(`${urn} must be an object.`);
  const schema = context.type.extensions.find((extension) => extension.schema.id === urn)?.schema;
  let state = before;
  for (const [key, given] of Object.entries(value)) {
    const attribute = schema?.attributes.find(({ name }) => name.toLowerCase() === key.toLowerCase());
    if (attribute === undefined) {
      if (context.tolerate('unknownAttributeIgnored')) continue;
      throw invalidSyntax(`${urn} has no attribute ${JSON.stringify(key)}: omit it or declare it in the schema.`);
    }
    const target = { extension: urn, attribute, sub: undefined };
    if (!isReadOnly(target)) state = patchAttribute(state, { target, filter: undefined }, { ...edit, value: given });
  }
  return state;
};

/**
 * Whether an operation only names schemas that the type has. RFC 7644 section 3.5.2 allows operations on `schemas`;
 * here its value follows from the attributes, so such an operation changes nothing. Any other one is refused as for
 * every readOnly attribute.
 */
const namesSchemas = ({ target, filter }: PatchTarget, { op, value, context }: Edit): boolean => {
  const { extension, attribute } = target;
  if (op === 'remove' || extension !== undefined || attribute.name !== 'schemas' || filter !== undefined) return false;
  const { schema, extensions } = context.type;
  const known = [schema, ...extensions.map((one) => one.schema)].map(({ id }) => id.toLowerCase());
  const urns: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
  return urns.every((urn) => typeof urn === 'string' && known.includes(urn.toLowerCase()));
};

const applyOperation = (state: State, operation: Operation, context: PatchContext): State => {
  const { op, path, value } = operation;
  const edit = { op, path, value, context };
  if (operation.path === undefined)
    return isObject(operation.value) ? patchWithoutPath(state, operation.value, edit) : state;
  const location = toPatchLocation(operation.path, context.type, context.tolerate);
  if ('extension' in location) return patchExtension(state, location.extension, edit);
  if (namesSchemas(location, edit)) return state;
  checkWritable(location);
  return patchAttribute(state, location, edit);
};

/**
 * The required attribute that the PATCH removed, if any. Ignores one that was missing before, because the directory may
 * have required it only later.
 */
const lostAttribute = (before: JsonObject, after: JsonObject, type: ResourceType): string | undefined => {
  const missing = missingAttributes(after, type);
  if (missing.length === 0) return undefined;
  const missingBefore = new Set(missingAttributes(before, type));
  return missing.find((path) => !missingBefore.has(path));
};

/** @returns mutability if the request has a remove operation (RFC 7644 section 3.5.2.2), else invalidValue */
const requiredError = (lost: string, operations: readonly Operation[]): ScimError =>
  operations.some(({ op }) => op === 'remove')
    ? mutability(`${lost} is required and cannot be removed: replace its value instead.`)
    : invalidValue(`${lost} is required: provide a value.`);

/**
 * Applies the operations of a PATCH.
 * @param before the resource's attributes; never mutated
 * @throws ScimError 400 according to RFC 7644 section 3.5.2 and table 9; then nothing is applied
 */
export function applyPatch(before: JsonObject, operations: readonly Operation[], context: PatchContext): Patched {
  let state: State = { attributes: { ...before }, members: createMemberPatch() };
  for (const operation of operations) state = applyOperation(state, operation, context);
  const lost = lostAttribute(before, state.attributes, context.type);
  if (lost !== undefined) throw requiredError(lost, operations);
  checkStorable(state.attributes, context.type);
  return { attributes: state.attributes, members: state.members.changes() };
}
