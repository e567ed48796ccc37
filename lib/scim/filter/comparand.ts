/** Checks the value of a comparison against the attribute's type and converts it (RFC 7644 table 3). */

import type { Tolerate } from '../dialect.ts';
import { invalidFilter } from '../error.ts';
import { parseDateTime } from '../json/date-time.ts';
import { fold } from '../json/fold.ts';
import { type Target, targetPath } from '../schema/attribute-path.ts';
import { withType } from '../schema/lossless.ts';
import type { Attribute, AttributeType } from '../schema/schema.ts';
import type { Compare } from './ast.ts';
import type { Comparand, ComparisonOperator } from './bound-filter.ts';

const EQUALITY = ['eq', 'ne'] as const;
const SUBSTRING = ['co', 'sw', 'ew'] as const;
const ORDER = ['gt', 'ge', 'lt', 'le'] as const;

/** RFC 7644: gt, ge, lt and le SHALL fail for Boolean and Binary. Substring operators apply to strings only. */
const OPERATORS: Readonly<Record<AttributeType, readonly ComparisonOperator[]>> = {
  string: [...EQUALITY, ...SUBSTRING, ...ORDER],
  reference: [...EQUALITY, ...SUBSTRING, ...ORDER],
  binary: [...EQUALITY, ...SUBSTRING],
  boolean: EQUALITY,
  integer: [...EQUALITY, ...ORDER],
  decimal: [...EQUALITY, ...ORDER],
  dateTime: [...EQUALITY, ...ORDER],
  /** With null only; for any other value the binder selects a sub-attribute. */
  complex: EQUALITY,
};

type Literal = string | number | boolean;

const toInstant = (value: Literal): number | undefined =>
  typeof value === 'string' ? parseDateTime(value) : undefined;

/**
 * Converts the literal of a comparison to the attribute's type if nothing is lost. Other numbers than safe integers stay:
 * the filter may have written them in another form.
 */
export const toLiteral = ({ name, type }: Attribute, value: Literal, tolerate: Tolerate): Literal => {
  const wanted = type === 'boolean' ? (name === 'active' ? 'active' : 'boolean') : type;
  if (wanted === 'string' && typeof value === 'number' && !Number.isSafeInteger(value)) return value;
  if (wanted === 'dateTime' || wanted === 'complex' || wanted === 'reference' || wanted === 'binary') return value;
  const literal = withType(wanted, value, tolerate);
  return typeof literal === 'object' ? value : literal;
};

/** @returns undefined if the value does not have the attribute's type */
const convert = ({ type, caseExact }: Attribute, value: Literal): Literal | undefined => {
  if (type === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (type === 'dateTime') return toInstant(value);
  if (type === 'integer' || type === 'decimal') return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return caseExact ? value : fold(value);
};

const A_STRING = 'a string in double quotes';
const EXPECTED: Readonly<Record<AttributeType, string>> = {
  string: A_STRING,
  reference: A_STRING,
  binary: A_STRING,
  boolean: 'true or false',
  integer: 'a number',
  decimal: 'a number',
  dateTime: 'a date and time such as "2011-05-13T04:42:34Z" (in a query, the + of an offset is written %2B)',
  complex: 'one of its sub-attributes',
};

/**
 * @param target not complex, unless the value is null
 * @throws invalidFilter if the operator or the value does not suit the attribute's type
 */
export const toComparand = (target: Target, term: Compare, tolerate: Tolerate): Comparand => {
  const { operator, value, looseCase } = term;
  const attribute = target.sub ?? target.attribute;
  const { type } = attribute;
  if (!OPERATORS[type].includes(operator))
    throw invalidFilter(
      `The filter compares ${targetPath(target)} by ${operator}, but type ${type} allows only ${OPERATORS[type].join(', ')}.`,
    );
  if (looseCase && !tolerate('booleanString'))
    throw invalidFilter(`The filter compares ${targetPath(target)} with ${value}, which must be in lower case.`);
  if (value === null) {
    if (EQUALITY.some((allowed) => allowed === operator)) return null;
    throw invalidFilter(`The filter compares ${targetPath(target)} with null, which only eq and ne allow.`);
  }
  const comparand = convert(attribute, value);
  if (comparand === undefined)
    throw invalidFilter(
      `The filter compares ${targetPath(target)} with a value of the wrong type: expected ${EXPECTED[type]}.`,
    );
  return comparand;
};
