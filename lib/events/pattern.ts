/**
 * Event patterns of EventBridge, in the subset that docs/patterns.md uses, matched as AWS's event-ruler matches them.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { isObject, type Json, type JsonObject } from '../scim/index.ts';

type Scalar = string | number | boolean | null;
type Test = { readonly exists: false } | { readonly accepts: (value: Scalar) => boolean };
/** The tests of one path, of which one must succeed. */
type Field = { readonly path: string; readonly tests: readonly Test[] };
/** All fields must match, each array with one of its elements. */
type Rule = readonly Field[];
/** Alternatives. */
export type Pattern = readonly Rule[];

/** A pattern that is not valid, or uses an operator outside the subset. The message begins with the path. */
export class PatternFault extends Error {
  override name = 'PatternFault';
}
const fault = (path: string, message: string) => new PatternFault(`${path === '' ? 'the pattern' : path}: ${message}`);

/** Alternatives multiply: EventBridge refuses rules of more than 1,000 combinations. */
const MOST_RULES = 1000;

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== 'object';
const accepts = (accept: (value: Scalar) => boolean): Test => ({ accepts: accept });
const acceptsText = (accept: (text: string) => boolean): Test =>
  accepts((value) => typeof value === 'string' && accept(value));
const equal = (expected: Scalar) => (value: Scalar) => value === expected;
const sameLetters = (expected: string) => (text: string) => text.toLowerCase() === expected.toLowerCase();

/** The text of an operator, or of `{ "equals-ignore-case": text }` in it. @returns the text and how to compare it */
const textOf = (path: string, operator: string, given: Json): [text: string, fold: (text: string) => string] => {
  if (typeof given === 'string') return [given, (text) => text];
  const folded = isObject(given) && Object.keys(given).length === 1 ? given['equals-ignore-case'] : undefined;
  if (typeof folded === 'string') return [folded.toLowerCase(), (text) => text.toLowerCase()];
  throw fault(path, `${operator} expects a text`);
};

const wildcard = (path: string, given: Json) => {
  if (typeof given !== 'string') throw fault(path, 'wildcard expects a text');
  if (given.includes('**')) throw fault(path, 'wildcard accepts no two * in a row');
  if (given.includes('\\')) throw fault(path, 'wildcard with a backslash is not supported here');
  const source = given.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('[^]*')}$`);
  return (text: string) => expression.test(text);
};

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};
const numeric = (path: string, given: Json): Test => {
  if (!Array.isArray(given) || given.length === 0 || given.length % 2 === 1)
    throw fault(path, 'numeric expects pairs of a comparison and a number');
  const checks = Array.from({ length: given.length / 2 }, (_, i) => {
    const [sign, bound] = [given[2 * i], given[2 * i + 1]];
    const compare = typeof sign === 'string' ? comparisons[sign] : undefined;
    if (compare === undefined || typeof bound !== 'number')
      throw fault(path, `numeric expects one of ${Object.keys(comparisons).join(', ')} before each number`);
    return (value: number) => compare(value, bound);
  });
  return accepts((value) => typeof value === 'number' && checks.every((check) => check(value)));
};

type TextOperator = (path: string, given: Json) => (text: string) => boolean;
const textOperators: Readonly<Record<string, TextOperator>> = {
  prefix: (path, given) => {
    const [start, fold] = textOf(path, 'prefix', given);
    return (text) => fold(text).startsWith(start);
  },
  suffix: (path, given) => {
    const [end, fold] = textOf(path, 'suffix', given);
    return (text) => fold(text).endsWith(end);
  },
  'equals-ignore-case': (path, given) => {
    if (typeof given !== 'string') throw fault(path, 'equals-ignore-case expects a text');
    return sameLetters(given);
  },
  wildcard,
};

/** EventBridge compares texts and numbers only: `anything-but` refuses booleans and null. */
const anythingBut = (path: string, given: Json): Test => {
  if (isObject(given)) {
    const [[name = '', operand = null] = [], ...others] = Object.entries(given);
    const operator = others.length === 0 ? textOperators[name] : undefined;
    if (operator === undefined) throw fault(path, `anything-but with ${name} is not supported`);
    const operands = Array.isArray(operand) ? operand : [operand];
    const refused = operands.map((one) => operator(path, one));
    return accepts((value) => typeof value !== 'string' || !refused.some((refuse) => refuse(value)));
  }
  const values = Array.isArray(given) ? given : [given];
  if (values.length === 0 || !values.every((one) => typeof one === 'string' || typeof one === 'number'))
    throw fault(path, 'anything-but expects texts or numbers, not booleans or null');
  return accepts((value) => !values.some((one) => one === value));
};

const toTest = (path: string, given: Json): Test => {
  if (isScalar(given)) return accepts(equal(given));
  const [[name = '', operand = null] = [], ...others] = isObject(given) ? Object.entries(given) : [];
  if (name === '' || others.length > 0) throw fault(path, 'expects values, or objects with one operator');
  if (name === 'anything-but') return anythingBut(path, operand);
  if (name === 'numeric') return numeric(path, operand);
  if (name === 'exists') {
    if (typeof operand !== 'boolean') throw fault(path, 'exists expects true or false');
    return operand ? accepts(() => true) : { exists: false };
  }
  const operator = textOperators[name];
  if (operator === undefined) throw fault(path, `operator ${name} is not supported`);
  return acceptsText(operator(path, operand));
};

const below = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** Every combination of one rule of each list. */
const combined = (path: string, lists: readonly Pattern[]): Pattern =>
  lists.reduce<Pattern>(
    (rules, list) => {
      if (rules.length * list.length > MOST_RULES) throw fault(path, `more than ${MOST_RULES} combinations of $or`);
      return rules.flatMap((rule) => list.map((other) => [...rule, ...other]));
    },
    [[]],
  );

const toRules = (path: string, given: JsonObject): Pattern => {
  const names = Object.keys(given);
  if (names.length === 0) throw fault(path, 'expects at least one field');
  return combined(
    path,
    names.map((name): Pattern => {
      const value = given[name] ?? null;
      if (name === '$or') {
        if (!Array.isArray(value) || value.length < 2 || !value.every(isObject))
          throw fault(path, '$or expects at least two objects');
        return value.filter(isObject).flatMap((one) => toRules(path, one));
      }
      const at = below(path, name);
      if (isObject(value)) return toRules(at, value);
      if (!Array.isArray(value) || value.length === 0) throw fault(at, 'expects a list of values');
      return [[{ path: at, tests: value.map((one) => toTest(at, one)) }]];
    }),
  );
};

/** @throws PatternFault */
export const parsePattern = (given: unknown): Pattern => {
  if (!isObject(given as Json)) throw fault('', 'expects an object');
  return toRules('', given as JsonObject);
};

/** A value of an event, and the element of each array that contains it. */
type Found = { readonly value: Scalar; readonly elements: ReadonlyMap<number, number> };

/** Values by path. Names are joined with dots, so a name with a dot looks like two names. */
const flatten = (event: JsonObject): ReadonlyMap<string, readonly Found[]> => {
  const found = new Map<string, Found[]>();
  let arrays = 0;
  const visit = (path: string, value: Json, elements: ReadonlyMap<number, number>): void => {
    if (isScalar(value)) {
      const values = found.get(path) ?? [];
      values.push({ value, elements });
      found.set(path, values);
    } else if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, one] of value.entries()) visit(path, one, new Map(elements).set(array, index));
    } else for (const [name, part] of Object.entries(value)) visit(below(path, name), part, elements);
  };
  visit('', event, new Map());
  return found;
};

const together = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>) =>
  [...b].every(([array, index]) => (a.get(array) ?? index) === index) ? new Map([...a, ...b]) : undefined;

const matchesRule = (
  [field, ...others]: Rule,
  found: ReadonlyMap<string, readonly Found[]>,
  elements: ReadonlyMap<number, number>,
): boolean => {
  if (field === undefined) return true;
  const values = found.get(field.path) ?? [];
  // `exists: false` looks at all elements of an array.
  if (values.length === 0) return field.tests.some((test) => 'exists' in test) && matchesRule(others, found, elements);
  return values.some((one) => {
    const joined = together(elements, one.elements);
    const isAccepted = field.tests.some((test) => 'accepts' in test && test.accepts(one.value));
    return joined !== undefined && isAccepted && matchesRule(others, found, joined);
  });
};

/** @param event as a target receives it: `source`, `detail-type`, `detail`, ... */
export const matches = (pattern: Pattern, event: JsonObject): boolean => {
  const found = flatten(event);
  return pattern.some((rule) => matchesRule(rule, found, new Map()));
};
