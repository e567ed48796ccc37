/** Applies allowed values and value rules of a directory to the text of an attribute. Never evaluates expressions. */
import { invalidValue } from '../error.ts';
import { fold } from '../json/fold.ts';
import type { Attribute, ValueRule } from './schema.ts';

type Conversion = 'lowercase' | 'uppercase' | 'trim';
const conversions: Readonly<Record<Conversion, { readonly convert: (text: string) => string; readonly must: string }>> =
  {
    lowercase: { convert: (text) => text.toLowerCase(), must: 'be in lower case' },
    uppercase: { convert: (text) => text.toUpperCase(), must: 'be in upper case' },
    trim: { convert: (text) => text.trim(), must: 'not begin or end with white space' },
  };

type OfValues = 'startsWith' | 'endsWith' | 'oneOf' | 'domain';
const tests: Readonly<
  Record<OfValues, { readonly test: (text: string, value: string) => boolean; readonly must: string }>
> = {
  startsWith: { test: (text, value) => text.startsWith(value), must: 'begin with' },
  endsWith: { test: (text, value) => text.endsWith(value), must: 'end with' },
  oneOf: { test: (text, value) => text === value, must: 'be' },
  domain: {
    test: (text, value) => text.lastIndexOf('@') > 0 && text.slice(text.lastIndexOf('@') + 1) === value,
    must: 'be an e-mail address in the domain',
  },
};

/** Whether the text has more characters; a surrogate pair counts as one. */
const isLongerThan = (text: string, length: number): boolean => {
  if (text.length <= length) return false;
  let characters = 0;
  for (const _ of text) if (++characters > length) return true;
  return false;
};

/** @returns the text, possibly converted; with `must`, the requirement that it violates */
const apply = (rule: ValueRule, text: string, prepare: (text: string) => string): { text: string; must?: string } => {
  switch (rule.rule) {
    case 'lowercase':
    case 'uppercase':
    case 'trim': {
      const { convert, must } = conversions[rule.rule];
      const converted = convert(text);
      return converted === text || rule.action === 'convert' ? { text: converted } : { text, must };
    }
    case 'maxLength':
      return isLongerThan(text, rule.length) ? { text, must: `have at most ${rule.length} characters` } : { text };
    case 'startsWith':
    case 'endsWith':
    case 'oneOf':
    case 'domain': {
      const { test, must } = tests[rule.rule];
      const prepared = prepare(text);
      if (rule.values.some((value) => test(prepared, prepare(value)))) return { text };
      return { text, must: `${must} ${rule.values.join(' or ')}` };
    }
  }
};

/**
 * Applies the rules of an attribute in order, then checks the allowed values.
 * @returns the text to store, converted if a rule converts it
 * @throws invalidValue with the rule or the allowed values, never the value
 */
export function applyRules(attribute: Attribute, given: string, path: string): string {
  const { allowedValues, rules = [], caseExact } = attribute;
  const prepare = caseExact ? (text: string) => text : fold;
  let text = given;
  for (const rule of rules) {
    const applied = apply(rule, text, prepare);
    if (applied.must !== undefined)
      throw invalidValue(`${path} must ${applied.must} (rule ${rule.rule} of this directory).`);
    text = applied.text;
  }
  if (allowedValues !== undefined && !allowedValues.some((value) => prepare(value) === prepare(text)))
    throw invalidValue(`${path} has a value that is not allowed: expected one of ${allowedValues.join(', ')}.`);
  return text;
}
