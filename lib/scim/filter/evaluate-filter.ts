/** Evaluates filters (RFC 7644 section 3.4.2.2): compiled once, then applied to each resource. */
import { compareStrings } from '../json/code-point-order.ts';
import { parseDateTime } from '../json/date-time.ts';
import { fold } from '../json/fold.ts';
import { isObject, type Json, type JsonObject, own } from '../json/json.ts';
import type { Target } from '../schema/attribute-path.ts';
import type { Attribute } from '../schema/schema.ts';
import type { BoundFilter, Comparand, ComparisonOperator } from './bound-filter.ts';

type Predicate<Subject> = (subject: Subject) => boolean;
/** Applied to each value of an attribute, or once to undefined if there is none. */
type Test = Predicate<Json | undefined>;
/** Converts a value for comparison; undefined if it does not have the attribute's type. */
type Prepare = (value: Json | undefined) => Exclude<Comparand, null> | undefined;

/** `pr`: false for an empty string, array or object, and for an object of only such values (RFC 7643 section 2.5). */
const isPresent = (value: Json | undefined): boolean => {
  if (value === undefined || value === null || value === '') return false;
  if (typeof value !== 'object') return true;
  return Object.values(value).some(isPresent);
};

const prepareFor = ({ type, caseExact }: Attribute): Prepare => {
  if (type === 'dateTime') return (value) => (typeof value === 'string' ? parseDateTime(value) : undefined);
  if (type === 'boolean') return (value) => (typeof value === 'boolean' ? value : undefined);
  if (type === 'integer' || type === 'decimal') return (value) => (typeof value === 'number' ? value : undefined);
  if (caseExact) return (value) => (typeof value === 'string' ? value : undefined);
  return (value) => (typeof value === 'string' ? fold(value) : undefined);
};

/** @returns negative, 0 or positive; NaN, which is none of these, if the two have no order */
const compare = (left: Comparand | undefined, right: Comparand): number => {
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  return typeof left === 'number' && typeof right === 'number' ? left - right : Number.NaN;
};

/**
 * Whether `fold(value)` equals `folded`. Most strings differ in an early character, so folding is usually avoided. An
 * ASCII character folds by itself unless a non-ASCII character after it combines with it.
 */
const isFolded = (value: string, folded: string): boolean => {
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit > 0x7f) return fold(value) === folded;
    const lower = unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit;
    if (lower !== folded.charCodeAt(index)) return value.charCodeAt(index + 1) > 0x7f && fold(value) === folded;
  }
  return value.length === folded.length;
};

type Comparison = (attribute: Attribute, operand: Comparand) => Test;

const isEqual: Comparison = (attribute, operand) => {
  if (typeof operand === 'string' && !attribute.caseExact)
    return (value) => typeof value === 'string' && isFolded(value, operand);
  const prepare = prepareFor(attribute);
  return (value) => prepare(value) === operand;
};
const isNotEqual: Comparison = (attribute, operand) => {
  const equals = isEqual(attribute, operand);
  return (value) => !equals(value);
};
const onStrings =
  (holds: (value: string, operand: string) => boolean): Comparison =>
  (attribute, operand) => {
    const prepare = prepareFor(attribute);
    const part = String(operand);
    return (value) => {
      const whole = prepare(value);
      return typeof whole === 'string' && holds(whole, part);
    };
  };
const onOrder =
  (holds: (order: number) => boolean): Comparison =>
  (attribute, operand) => {
    const prepare = prepareFor(attribute);
    return (value) => holds(compare(prepare(value), operand));
  };

/** An attribute without a value equals nothing: of all operators only `ne` matches it. */
const comparisons: Readonly<Record<ComparisonOperator, Comparison>> = {
  eq: isEqual,
  ne: isNotEqual,
  co: onStrings((value, operand) => value.includes(operand)),
  sw: onStrings((value, operand) => value.startsWith(operand)),
  ew: onStrings((value, operand) => value.endsWith(operand)),
  gt: onOrder((order) => order > 0),
  ge: onOrder((order) => order >= 0),
  lt: onOrder((order) => order < 0),
  le: onOrder((order) => order <= 0),
};

const subOf = (value: Json | undefined, sub: Attribute): Json | undefined =>
  isObject(value) ? own(value, sub.name) : undefined;

/** "If any of the values match": tests the attribute's values, or the sub-attribute of each element. */
const someValue = (value: Json | undefined, sub: Attribute | undefined, test: Test): boolean => {
  if (!Array.isArray(value)) return test(sub === undefined ? value : subOf(value, sub));
  if (value.length === 0) return test(undefined);
  for (const element of value) if (test(sub === undefined ? element : subOf(element, sub))) return true;
  return false;
};

/** Builds a predicate on the subject from a test on the values of a target. */
type Reach<Subject> = (target: Target, test: Test) => Predicate<Subject>;

const fromResource: Reach<JsonObject> = ({ extension, attribute, sub }, test) => {
  const { name, multiValued } = attribute;
  if (extension === undefined && sub === undefined && !multiValued) return (resource) => test(own(resource, name));
  if (extension === undefined) return (resource) => someValue(own(resource, name), sub, test);
  return (resource) => {
    const values = own(resource, extension);
    return someValue(isObject(values) ? own(values, name) : undefined, sub, test);
  };
};
const fromElement: Reach<Json> =
  ({ sub }, test) =>
  (element) =>
    test(sub === undefined ? element : subOf(element, sub));

const compileTerms = <Subject>(
  { kind, terms }: Extract<BoundFilter, { kind: 'and' | 'or' }>,
  reach: Reach<Subject>,
): Predicate<Subject> => {
  const predicates = terms.map((term) => compile(term, reach));
  const decides = kind === 'or';
  return (subject) => {
    for (const predicate of predicates) if (predicate(subject) === decides) return decides;
    return !decides;
  };
};

/** `eq null` matches if there is no value, `ne null` if there is one. */
const compileComparison = <Subject>(
  { operator, target, value }: Extract<BoundFilter, { kind: 'compare' }>,
  reach: Reach<Subject>,
): Predicate<Subject> => {
  if (value !== null) return reach(target, comparisons[operator](target.sub ?? target.attribute, value));
  const present = reach(target, isPresent);
  return operator === 'ne' ? present : (subject) => !present(subject);
};

const compileElement = <Subject>(
  { target, filter }: Extract<BoundFilter, { kind: 'element' }>,
  reach: Reach<Subject>,
): Predicate<Subject> => {
  const matches = compile(filter, fromElement);
  return reach(target, (element) => element !== undefined && matches(element));
};

const compile = <Subject>(filter: BoundFilter, reach: Reach<Subject>): Predicate<Subject> => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return compileTerms(filter, reach);
    case 'not': {
      const matches = compile(filter.term, reach);
      return (subject) => !matches(subject);
    }
    case 'present':
      return reach(filter.target, isPresent);
    case 'compare':
      return compileComparison(filter, reach);
    case 'element':
      return compileElement(filter, reach);
  }
};

/**
 * Compiles a filter.
 * @returns a predicate on a full representation: canonical names, extensions under their URN. A comparison with a
 * multi-valued attribute matches if any of its values does, even for `ne`; `not` inverts that.
 */
export const compileFilter = (filter: BoundFilter): Predicate<JsonObject> => compile(filter, fromResource);

/** Compiles a filter of `bindValueFilter`. @returns a predicate on one element of the attribute it is bound to */
export const compileValueFilter = (filter: BoundFilter): Predicate<Json> => compile(filter, fromElement);
