/** Applies one operation to the value of one attribute (RFC 7644 sections 3.5.2.1 to 3.5.2.3). Pure functions. */

import type { Tolerate } from '../dialect.ts';
import { invalidValue, mutability, noTarget } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { compileValueFilter } from '../filter/evaluate-filter.ts';
import { isEqual, isObject, isUnassigned, type Json, type JsonObject, own } from '../json/json.ts';
import { onceForEach } from '../json/once-for-each.ts';
import { type Target, targetPath } from '../schema/attribute-path.ts';
import {
  checkCount,
  fromJsonText,
  isEmptyValue,
  isSameValue,
  rolesFromJson,
  toAttributeValue,
  type ValueContext,
  valueIdentity,
  withoutDuplicates,
} from '../schema/attribute-value.ts';
import type { Attribute } from '../schema/schema.ts';
import type { Operation } from './patch-request.ts';
import type { PatchTarget } from './patch-target.ts';

type Edit = Pick<Operation, 'op' | 'value'> & { readonly tolerate: Tolerate };

const contextOf = (target: Target, tolerate: Tolerate): ValueContext => ({
  path: targetPath(target),
  tolerate,
  primaries: 'last',
});
const without = (object: JsonObject, name: string): JsonObject => {
  const { [name]: _, ...rest } = object;
  return rest;
};
const valuesOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const arrayOf = (values: readonly Json[]): Json | undefined => {
  const assigned = values.filter((value) => !isUnassigned(value));
  return assigned.length === 0 ? undefined : assigned;
};

/** RFC 7644 section 3.5.2.2 gives the value of a remove no meaning; without it, all values would be removed. */
export const valueOfRemove = (path: string) =>
  invalidValue(`A remove of ${path} takes no value: select the values by a filter in the path.`);

/** Drops a `$ref` that belonged to the previous value. */
const withoutStaleReference = (before: JsonObject, after: JsonObject): JsonObject => {
  const reference = own(after, '$ref');
  const isStale =
    reference !== undefined && reference === own(before, '$ref') && !isEqual(own(before, 'value'), own(after, 'value'));
  return isStale ? without(after, '$ref') : after;
};

/** Whether the value is unassigned: null, {}, or under a dialect an empty string, also as the `value`. */
const isEmptyComplex = (attribute: Attribute, given: Json | undefined): boolean =>
  !isObject(given) || isUnassigned(given) || isEmptyValue(attribute, given);

/** Sets the named sub-attributes, or clears them if null. All others stay, even if only unknown ones are named. */
const mergeComplex = (
  attribute: Attribute,
  before: Json | undefined,
  { given, converted }: { readonly given: Json; readonly converted: Json | undefined },
): Json | undefined => {
  const one: Json | undefined = Array.isArray(given) ? given[0] : given;
  if (!isObject(before) || (converted === undefined && isEmptyComplex(attribute, one))) return converted;
  const named = new Set(isObject(one) ? Object.keys(one).map((name) => name.toLowerCase()) : []);
  const isCleared = (sub: Attribute) => sub.mutability !== 'readOnly' && named.has(sub.name.toLowerCase());
  const cleared = new Set(attribute.subAttributes?.filter(isCleared).map(({ name }) => name));
  const kept = Object.entries(before).filter(([name]) => !cleared.has(name));
  const after = { ...Object.fromEntries(kept), ...(isObject(converted) ? converted : {}) };
  return withoutStaleReference(before, after);
};

/** @throws mutability if an immutable value would change, in whole or in part */
const checkImmutable = (target: Target, before: Json | undefined, after: Json | undefined): void => {
  const attribute = target.sub ?? target.attribute;
  if (attribute.mutability === 'immutable' && before !== undefined && !isEqual(before, after))
    throw mutability(`${targetPath(target)} is immutable and already has a value: omit it or send the same value.`);
  if (target.sub !== undefined || !isObject(before) || !isObject(after)) return;
  for (const sub of attribute.subAttributes ?? [])
    checkImmutable({ ...target, sub }, own(before, sub.name), own(after, sub.name));
};

const isImmutable = ({ mutability: allowed }: Attribute) => allowed === 'immutable';

/** Checks the whole value of an attribute; returns early for the many without anything immutable. */
const checkWhole = (target: Target, before: Json | undefined, after: Json | undefined): void => {
  const { attribute } = target;
  if (isImmutable(attribute) || attribute.subAttributes?.some(isImmutable) === true)
    checkImmutable({ ...target, sub: undefined }, before, after);
};

/** The role that is sent as JSON text in place of its `value`. */
const rolesIn = (target: Target, { op, value, tolerate }: Edit): JsonObject | undefined => {
  const { name } = target.attribute;
  if (op === 'remove' || value === undefined || (name !== 'roles' && name !== 'entitlements')) return undefined;
  if (fromJsonText(value) === undefined || !tolerate('roleAsJson')) return undefined;
  const whole = { ...target, sub: undefined };
  const roles = rolesFromJson(target.attribute, value, contextOf(whole, tolerate));
  const role = roles && toOneValue(whole, { op, value: roles, tolerate });
  return isObject(role) ? role : undefined;
};

const editSub = (before: JsonObject, target: Target, { op, value, tolerate }: Edit): JsonObject => {
  const { attribute, sub } = target;
  if (sub === undefined) return before;
  const roles = attribute.multiValued && sub.name === 'value' ? rolesIn(target, { op, value, tolerate }) : undefined;
  if (roles !== undefined) return { ...without(before, 'display'), ...roles };
  const after =
    op === 'remove' || value === undefined ? undefined : toAttributeValue(sub, value, contextOf(target, tolerate));
  checkImmutable(target, before[sub.name], after);
  if (after === undefined) return withoutStaleReference(before, without(before, sub.name));
  const edited: Record<string, Json> = { ...before };
  edited[sub.name] = after;
  return withoutStaleReference(before, edited);
};

const editSingle = (before: Json | undefined, target: Target, edit: Edit): Json | undefined => {
  const { attribute, sub } = target;
  const { op, value, tolerate } = edit;
  if (sub !== undefined) {
    if (op !== 'remove' && sub.name === 'value' && value === '' && tolerate('emptyComplex')) return undefined;
    return editSub(isObject(before) ? before : {}, target, edit);
  }
  if (op === 'remove' || value === undefined) return undefined;
  const converted = toAttributeValue(attribute, value, contextOf(target, tolerate));
  return attribute.type === 'complex' ? mergeComplex(attribute, before, { given: value, converted }) : converted;
};

/** Adds values. An existing value is not added again, but takes over the other sub-attributes of the new one. */
const addValues = (before: readonly Json[], added: readonly Json[]): readonly Json[] => {
  const byIdentity = new Map(added.map((value) => [valueIdentity(value), value]));
  const merged = before.map((value) => {
    const same = byIdentity.get(valueIdentity(value));
    if (same === undefined || !isObject(value) || !isObject(same)) return value;
    const after = { ...value, ...same };
    return isEqual(after, value) ? value : after;
  });
  return withoutDuplicates([...merged, ...added]);
};

const removeValues = (before: readonly Json[], target: Target, { value, tolerate }: Edit): readonly Json[] => {
  if (value === undefined || value === null) return [];
  if (!tolerate('removeWithValue')) throw valueOfRemove(targetPath(target));
  const named = toAttributeValue(target.attribute, value, { ...contextOf(target, tolerate), partial: true });
  const given = valuesOf(named);
  // Entra ID identifies a value by its `value` alone, regardless of type.
  const isNamed = (one: Json) =>
    given.some(
      (other) =>
        valueIdentity(one) === valueIdentity(other) ||
        (isObject(one) &&
          isObject(other) &&
          other.type === undefined &&
          other.value !== undefined &&
          one.value === other.value),
    );
  return before.filter((one) => !isNamed(one));
};

const editAll = (before: readonly Json[], target: Target, edit: Edit): readonly Json[] => {
  const { op, value, tolerate } = edit;
  if (target.sub !== undefined) {
    if (before.length === 0) return op === 'remove' ? [] : [editSub({}, target, edit)];
    return before.map((one) => (isObject(one) ? editSub(one, target, edit) : one));
  }
  if (op === 'remove') return removeValues(before, target, edit);
  const given =
    value === undefined ? undefined : toAttributeValue(target.attribute, value, contextOf(target, tolerate));
  return op === 'add' ? addValues(before, valuesOf(given)) : valuesOf(given);
};

/** A plain value for the elements that a filter selects means their `value`, so that type and primary stay. */
const toSubTarget = (target: Target, { op, value, tolerate }: Edit): Target => {
  const one: Json | undefined = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (target.sub !== undefined || op === 'remove' || one === undefined || typeof one === 'object') return target;
  const sub = target.attribute.subAttributes?.find(({ name }) => name === 'value');
  if (sub === undefined || !tolerate('scalarAsValue')) return target;
  // Refuses JSON text of anything but a role.
  rolesFromJson(target.attribute, one, contextOf(target, tolerate));
  return { ...target, sub };
};

/** Converts the value sent for the elements that a filter selects: one element of the attribute. */
const toOneValue = (target: Target, { value, tolerate }: Edit): Json => {
  const values = valuesOf(
    toAttributeValue(target.attribute, Array.isArray(value) ? value : [value ?? null], {
      ...contextOf(target, tolerate),
      partial: true,
    }),
  );
  const [one] = values;
  if (one === undefined || values.length !== 1)
    throw invalidValue(`${targetPath(target)} with a filter takes exactly one value: send a single value.`);
  return one;
};

/** @returns the element described by a filter of the form `a eq x and b eq y`; undefined for any other filter */
export const equalTerms = (filter: BoundFilter): JsonObject | undefined => {
  if (filter.kind === 'and') {
    const terms = filter.terms.map(equalTerms);
    return terms.every((term) => term !== undefined) ? Object.assign({}, ...terms) : undefined;
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.target.sub === undefined) return undefined;
  const value = typeof filter.value === 'boolean' ? filter.value : filter.literal;
  return value === null ? undefined : { [filter.target.sub.name]: value };
};

const isPrimary = (value: Json): value is JsonObject => isObject(value) && value.primary === true;

const createElement = (
  before: readonly Json[],
  { filter, target }: { readonly filter: BoundFilter; readonly target: Target },
  edit: Edit,
): readonly Json[] => {
  const terms = equalTerms(filter);
  if (terms === undefined || (target.sub === undefined && edit.op === 'replace') || !edit.tolerate('createOnMiss'))
    throw noTarget(`No value of ${target.attribute.name} matches the filter in the path: add the value first.`);
  if (isUnassigned(edit.value)) return [];
  const given = target.sub === undefined ? toOneValue(target, edit) : editSub({}, target, edit);
  if (!isObject(given)) return [given];
  // The terms of the filter become part of the value, so they must be valid for the attribute.
  const whole = { ...target, sub: undefined };
  const created = toOneValue(whole, { ...edit, value: { ...terms, ...given } });
  const names = target.attribute.subAttributes?.map(({ name }) => name) ?? [];
  const canBePrimary = names.includes('primary') && names.includes('value');
  const isFirst = canBePrimary && isObject(created) && own(created, 'primary') === undefined && !before.some(isPrimary);
  return [isFirst ? { ...created, primary: true } : created];
};

/** Memoized, because locations are cached and so bring the same filter object again. */
const matcherOf = onceForEach(compileValueFilter);

const editSelected = (before: readonly Json[], location: PatchTarget, edit: Edit): readonly Json[] => {
  const { filter } = location;
  if (filter === undefined) return before;
  const target = toSubTarget(location.target, edit);
  const selected = before.map(matcherOf(filter));
  if (!selected.includes(true))
    return edit.op === 'remove' ? before : [...before, ...createElement(before, { filter, target }, edit)];
  if (edit.op === 'remove' && target.sub === undefined) return before.filter((_, i) => selected[i] === false);
  return before.map((one, i) => {
    if (selected[i] === false) return one;
    if (target.sub !== undefined) return isObject(one) ? editSub(one, target, edit) : one;
    const given = toOneValue(target, edit);
    return edit.op === 'add' && isObject(one) && isObject(given) ? { ...one, ...given } : given;
  });
};

/** A value that becomes primary replaces the previous primary (RFC 7644 section 3.5.2). */
const movePrimary = (before: readonly Json[], after: readonly Json[]): readonly Json[] => {
  const primaries = after.filter(isPrimary);
  if (primaries.length < 2) return after;
  const kept = primaries.findLast((value) => !before.includes(value)) ?? primaries[0];
  return after.map((value) => (isPrimary(value) && value !== kept ? { ...value, primary: false } : value));
};

/** Removes duplicates, because a changed value may have become equal to another. */
const collapse = (before: readonly Json[], after: readonly Json[]): readonly Json[] => {
  const hasTwin = (value: Json) => after.some((other) => other !== value && isSameValue(value, other));
  return after.some((value) => !before.includes(value) && hasTwin(value)) ? withoutDuplicates(after) : after;
};

/**
 * Applies an operation to the value of an attribute.
 * @param before the attribute's value
 * @returns its value after the operation; undefined: unassigned
 * @throws invalidValue, noTarget, mutability (400)
 */
export function patchValue(before: Json | undefined, location: PatchTarget, edit: Edit): Json | undefined {
  const { target, filter } = location;
  if (!target.attribute.multiValued) {
    // `manager[value eq "x"]`: without a match, nothing is to be changed.
    if (filter !== undefined && !(isObject(before) && matcherOf(filter)(before))) return before;
    const after = editSingle(before, target, edit);
    checkWhole(target, before, after);
    return isUnassigned(after) ? undefined : after;
  }
  const values = valuesOf(before);
  const after = filter === undefined ? editAll(values, target, edit) : editSelected(values, location, edit);
  // Checked per operation, because every further operation costs time proportional to the number of values.
  if (after.length > values.length) checkCount(after, targetPath({ ...target, sub: undefined }));
  const collapsed = arrayOf(collapse(values, movePrimary(values, after)));
  checkWhole(target, before, collapsed);
  return collapsed;
}
