/** Filters bound to a resource type: attributes found, operators and values checked (RFC 7644 section 3.4.2.2). */

import type { Tolerate } from '../dialect.ts';
import { invalidFilter } from '../error.ts';
import {
  type AttributePath,
  printAttributePath,
  resolveAttribute,
  resolveSubAttribute,
  type Target,
  targetPath,
} from '../schema/attribute-path.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Compare, Filter, Logical, Present, ValueFilter, ValuePath } from './ast.ts';
import type { BoundFilter } from './bound-filter.ts';
import { toComparand } from './comparand.ts';

/** An `and` inside an `and` says nothing more: the query plan sees all conjuncts side by side. */
const flatten = (kind: 'and' | 'or', terms: readonly BoundFilter[]): readonly BoundFilter[] =>
  terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));

const bindLogical = <Expression extends Present | Compare | ValuePath>(
  filter: Logical<Expression>,
  bindExpression: (expression: Expression) => BoundFilter,
): BoundFilter => {
  if (filter.kind === 'not') return { kind: 'not', term: bindLogical(filter.term, bindExpression) };
  if (filter.kind !== 'and' && filter.kind !== 'or') return bindExpression(filter);
  const terms = filter.terms.map((term) => bindLogical(term, bindExpression));
  return { kind: filter.kind, terms: flatten(filter.kind, terms) };
};

/**
 * A complex attribute is compared by its `value`: RFC 7644 does so with multi-valued ones in its own examples
 * (`emails co "example.com"`).
 */
const toComparable = (target: Target, tolerate: Tolerate): Target => {
  const { attribute, sub } = target;
  if (sub !== undefined || attribute.type !== 'complex') return target;
  const value = resolveSubAttribute(target, 'value');
  if (value !== undefined && (attribute.multiValued || tolerate('complexWithoutSubAttribute'))) return value;
  const names = (attribute.subAttributes ?? []).map(({ name }) => name).join(', ');
  throw invalidFilter(`${targetPath(target)} has parts: the filter must compare one of them (${names}).`);
};

const bindTerm = (term: Present | Compare, target: Target, tolerate: Tolerate): BoundFilter => {
  if ((target.sub ?? target.attribute).returned === 'never')
    throw invalidFilter(`${targetPath(target)} is never returned and cannot be filtered by.`);
  if (term.kind === 'present') return { kind: 'present', target };
  const comparable = term.value === null ? target : toComparable(target, tolerate);
  const value = toComparand(comparable, term, tolerate);
  return { kind: 'compare', operator: term.operator, target: comparable, value, literal: term.value };
};

/**
 * Binds the filter inside the brackets of a value path.
 * @param target the attribute before the brackets: complex, or multi-valued, whose elements are then called `value`
 * @throws invalidFilter
 */
export const bindValueFilter = (filter: ValueFilter, target: Target, tolerate: Tolerate): BoundFilter =>
  bindLogical(filter, (term) => {
    const [name = '', ...more] = term.path.names;
    const isPlain = term.path.urn === undefined && more.length === 0;
    const sub = isPlain ? resolveSubAttribute(target, name) : undefined;
    if (sub === undefined)
      throw invalidFilter(`${targetPath(target)} has no sub-attribute ${printAttributePath(term.path)}.`);
    return bindTerm(term, sub, tolerate);
  });

const EMAILS: AttributePath = { urn: undefined, names: ['emails'] };
const EMAILS_VALUE: AttributePath = { urn: undefined, names: ['emails', 'value'] };
const VALUE: AttributePath = { urn: undefined, names: ['value'] };
const IS_WORK: Compare = {
  kind: 'compare',
  path: { urn: undefined, names: ['type'] },
  operator: 'eq',
  value: 'work',
  looseCase: false,
};

/** What `email` and `workEmail` stand for, which some clients take for attributes. */
const withoutAlias = (term: Present | Compare): Present | Compare | ValuePath | undefined => {
  const name = printAttributePath(term.path).toLowerCase();
  if (name === 'email') return { ...term, path: EMAILS_VALUE };
  if (name !== 'workemail') return undefined;
  const filter: ValueFilter = { kind: 'and', terms: [IS_WORK, { ...term, path: VALUE }] };
  return { kind: 'valuePath', path: EMAILS, filter, after: undefined };
};

const unknownAttribute = (type: ResourceType, path: AttributePath) =>
  invalidFilter(`${printAttributePath(path)} is no attribute of ${type.name}.`);

/**
 * @param tolerate asked for each dialect that the filter needs; what it does not tolerate is refused
 * @throws invalidFilter for an unknown attribute, and for an operator or value that does not go with its type
 */
export const bindFilter = (filter: Filter, type: ResourceType, tolerate: Tolerate): BoundFilter => {
  const bindValuePath = ({ path, filter, after }: ValuePath): BoundFilter => {
    const target = resolveAttribute(type, path, tolerate);
    if (target === undefined) throw unknownAttribute(type, path);
    if (after !== undefined && !tolerate('filterThenSubAttribute'))
      throw invalidFilter(`The filter has more on ${targetPath(target)} behind the closing square bracket.`);
    const whole: ValueFilter = after === undefined ? filter : { kind: 'and', terms: [filter, after] };
    return { kind: 'element', target, filter: bindValueFilter(whole, target, tolerate) };
  };
  const bindExpression = (expression: Present | Compare | ValuePath): BoundFilter => {
    if (expression.kind === 'valuePath') return bindValuePath(expression);
    const target = resolveAttribute(type, expression.path, tolerate);
    if (target !== undefined) return bindTerm(expression, target, tolerate);
    const meant = withoutAlias(expression);
    const isAlias = meant !== undefined && resolveAttribute(type, EMAILS_VALUE, tolerate) !== undefined;
    if (!isAlias || !tolerate('emailAlias')) throw unknownAttribute(type, expression.path);
    return bindExpression(meant);
  };
  return bindLogical(filter, bindExpression);
};
