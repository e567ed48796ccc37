/** Prints filters (RFC 7644 figure 1): the inverse of the parser, with single spaces. */
import { printAttributePath } from '../schema/attribute-path.ts';
import type { Compare, Filter, Logical, Present, ValuePath } from './ast.ts';

const printTerm = (term: Present | Compare): string => {
  const path = printAttributePath(term.path);
  if (term.kind === 'present') return `${path} pr`;
  const value = JSON.stringify(term.value);
  return `${path} ${term.operator} ${term.looseCase ? value.toUpperCase() : value}`;
};

const printExpression = (expression: Present | Compare | ValuePath): string => {
  if (expression.kind !== 'valuePath') return printTerm(expression);
  const { path, filter, after } = expression;
  const rest = after === undefined ? '' : `.${printTerm(after)}`;
  return `${printAttributePath(path)}[${printLogical(filter)}]${rest}`;
};

/** Adds brackets where the nesting of the tree differs from operator precedence. */
const printOperand = (parent: 'and' | 'or', term: Logical<Present | Compare | ValuePath>): string => {
  const text = printLogical(term);
  return term.kind === 'or' || (term.kind === 'and' && parent === 'and') ? `(${text})` : text;
};

const printLogical = (filter: Logical<Present | Compare | ValuePath>): string => {
  if (filter.kind === 'not') return `not (${printLogical(filter.term)})`;
  if (filter.kind !== 'and' && filter.kind !== 'or') return printExpression(filter);
  const { kind, terms } = filter;
  return terms.map((term) => printOperand(kind, term)).join(` ${kind} `);
};

/** @returns a text that `parseFilter` parses to the same tree */
export const printFilter = (filter: Filter): string => printLogical(filter);
