/** Applies the operations of a PATCH in order to a copy (RFC 7644 section 3.5.2): all of them, or none. */

import type { Tolerate } from '../dialect.ts';
import { invalidSyntax, invalidValue, mutability, ScimError } from '../error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from '../json/json.ts';
import { isLocation } from '../schema/attribute.ts';
import { resolveAttribute, resolveSchema, type Target, targetPath } from '../schema/attribute-path.ts';
import { isWithoutValue } from '../schema/attribute-value.ts';
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
  isLikeActive,
  isReadOnly,
  keyLocation,
  likeActive,
  type MutableAttributes,
  type PatchContext,
  type PatchLocation,
  type PatchTarget,
  setValueAt,
  toPatchLocation,
  valueAt,
} from './patch-target.ts';
import { patchValue } from './patch-values.ts';
import { checkOutcome, mayMeanMembers, type Outcome, orSkip } from './skipping.ts';

export type Patched = { readonly attributes: JsonObject; readonly members: MemberChanges | undefined };
type Edit = Operation & { readonly context: PatchContext };
/** The state between two operations. `attributes` is a copy that belongs to this request. */
type State = {
  readonly attributes: MutableAttributes;
  readonly members: MemberPatch;
  readonly outcome: Outcome;
  /** Attributes of which elements were changed in part. */
  readonly touched: Target[];
};

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
const patchAttribute = (state: State, location: PatchTarget, edit: Edit): void => {
  if (isMembers(edit.context.type, location.target.attribute)) patchMembers(state.members, location, edit);
  else patchValues(state, location, edit);
  state.outcome.applied += 1;
};

const patchValues = (state: State, location: PatchTarget, edit: Edit): void => {
  const { op, value, context } = edit;
  const { target } = location;
  if (op === 'remove') checkRemoval(location, value);
  const before = valueAt(state.attributes, target);
  const after = patchValue(before, location, { op, value, tolerate: context.tolerate });
  const leaf = target.sub ?? target.attribute;
  // A writeOnly value such as a password is checked, then dropped; so is a location.
  if (leaf.returned === 'never' || (op !== 'remove' && isLocation(leaf))) return;
  // An unassigned value (null, [], or under a dialect an empty string) leaves `active` unchanged.
  if (after === undefined && isActive(target)) return;
  setValueAt(state.attributes, target, after);
  if (mayLackValue(location, edit)) state.touched.push(target);
};

/** Whether a changed element may have no value afterwards. Most operations set one, and need no check. */
const mayLackValue = ({ target, filter }: PatchTarget, { op, value }: Edit): boolean => {
  const { attribute, sub } = target;
  if (!attribute.multiValued) return false;
  if (sub === undefined) return filter !== undefined && (typeof value !== 'string' || value === '');
  const { name } = sub;
  const isText = op !== 'remove' && typeof value === 'string' && value !== '';
  return !isText || name === 'type' || name === 'primary' || name === 'display';
};

/** Removes the elements whose value a PATCH has removed, after its last operation: a later one may give them another. */
const dropElementsWithoutValue = ({ attributes, touched }: State, before: JsonObject, tolerate: Tolerate): void => {
  for (const target of touched) {
    const was = valueAt(before, target);
    const is = valueAt(attributes, target);
    if (!Array.isArray(is)) continue;
    const stored: readonly Json[] = Array.isArray(was) ? was : [];
    const kept = is.filter((one: Json) => !isWithoutValue(target.attribute, one) || stored.includes(one));
    if (kept.length < is.length && tolerate('elementWithoutValue')) setValueAt(attributes, target, kept);
  }
};

const readOnlyNames = new Set(
  commonAttributes.filter(({ mutability: allowed }) => allowed === 'readOnly').map(({ name }) => name.toLowerCase()),
);
/** Resolves a key of the value; undefined if the key is ignored: unknown, or read-only. */
const locationOf = (key: string, context: PatchContext): PatchLocation | undefined => {
  if (readOnlyNames.has(key.toLowerCase())) return undefined;
  const location = keyLocation(key, context.type, context.tolerate);
  if (location === undefined && !context.tolerate('unknownAttributeIgnored'))
    throw invalidSyntax(
      `${context.type.name} has no attribute ${JSON.stringify(key)}: omit it or declare it in the directory's schemas.`,
    );
  return location !== undefined && 'target' in location && isReadOnly(location.target) ? undefined : location;
};

/** Applies an operation without a path: the value names the attributes, and readOnly ones are ignored. */
const patchWithoutPath = (state: State, value: JsonObject, edit: Edit): void => {
  const { type, tolerate } = edit.context;
  for (const [key, given] of Object.entries(value)) {
    if (isObject(given) && resolveSchema(type, key, tolerate) === type.schema && tolerate('coreUrnAsKey'))
      patchWithoutPath(state, given, edit);
    else patchKey(state, key, { ...edit, value: given, beside: value });
  }
};

/** Applies one key of the value of an operation without a path. `beside` is the whole value. */
const patchKey = (state: State, key: string, { beside, ...edit }: Edit & { beside: JsonObject }): void => {
  const { type, tolerate } = edit.context;
  const location = locationOf(key, edit.context);
  if (location === undefined) {
    if (isLikeActive(key, type) && !Object.hasOwn(beside, 'active')) throw likeActive(key, type);
  } else if ('extension' in location) patchExtension(state, location.extension, edit);
  else orSkip(state.outcome, { path: key, tolerate }, () => patchAttribute(state, location, edit));
};

/** Resolves a key in the value of an operation on a whole extension; undefined if it is ignored. */
const locationInExtension = (urn: string, key: string, { type, tolerate }: PatchContext): PatchTarget | undefined => {
  const target = resolveAttribute(type, { urn, names: [key] }, tolerate);
  const location = target === undefined ? keyLocation(`${urn}:${key}`, type, tolerate) : { target, filter: undefined };
  if (location !== undefined && 'target' in location) return isReadOnly(location.target) ? undefined : location;
  if (tolerate('unknownAttributeIgnored')) return undefined;
  throw invalidSyntax(`${urn} has no attribute ${JSON.stringify(key)}: omit it or declare it in the schema.`);
};

/** Applies an operation to a whole extension, named by its URN in the path or as a key. */
const patchExtension = (state: State, urn: string, edit: Edit): void => {
  const { op, value, context } = edit;
  if (op === 'remove' || value === null || (value === '' && context.tolerate('emptyComplex'))) {
    delete state.attributes[urn];
    state.outcome.applied += 1;
    return;
  }
  if (!isObject(value)) throw invalidValue(`${urn} must be an object.`);
  for (const [key, given] of Object.entries(value)) {
    const location = locationInExtension(urn, key, context);
    if (location === undefined) continue;
    orSkip(state.outcome, { path: targetPath(location.target), tolerate: context.tolerate }, () =>
      patchAttribute(state, location, { ...edit, value: given }),
    );
  }
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

/** Resolves the path of an operation. @throws ScimError with `skip` only if skipping cannot change access */
const locationAt = (path: string, { op, context }: Edit): PatchLocation => {
  try {
    return toPatchLocation(path, context.type, context.tolerate);
  } catch (error) {
    if (error instanceof ScimError && mayMeanMembers({ op, path }, context.type))
      throw new ScimError(error.status, error.message, { scimType: error.scimType });
    throw error;
  }
};

const patchAtPath = (state: State, path: string, edit: Edit): void => {
  const { context } = edit;
  const location = locationAt(path, edit);
  if ('extension' in location) patchExtension(state, location.extension, edit);
  else if (namesSchemas(location, edit)) state.outcome.applied += 1;
  else {
    checkWritable(location, edit, context);
    patchAttribute(state, location, edit);
  }
};

const applyOperation = (state: State, operation: Operation, context: PatchContext): void => {
  const { op, path, value } = operation;
  // Named one by one: V8 copies these objects by spread several times slower (bench patch).
  const edit: Edit = { op, path, value, context };
  if (path !== undefined)
    orSkip(state.outcome, { path, tolerate: context.tolerate }, () => patchAtPath(state, path, edit));
  else if (isObject(value)) patchWithoutPath(state, value, edit);
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
  const state: State = {
    attributes: { ...before },
    members: createMemberPatch(),
    outcome: { applied: 0, skipped: [] },
    touched: [],
  };
  for (const operation of operations) applyOperation(state, operation, context);
  checkOutcome(state.outcome);
  dropElementsWithoutValue(state, before, context.tolerate);
  const lost = lostAttribute(before, state.attributes, context.type);
  if (lost !== undefined) throw requiredError(lost, operations);
  checkStorable(state.attributes, context.type);
  return { attributes: state.attributes, members: state.members.changes() };
}
