/** Binds filters to a resource type: resolves attributes, checks operators and values (RFC 7644 section 3.4.2.2). */

import type { Tolerate } from '../dialect.ts';
import { invalidFilter } from '../error.ts';
import {
  type AttributePath,
  ambiguous,
  isAmbiguous,
  printAttributePath,
  resolveAttribute,
  resolveSubAttribute,
  type Target,
  targetPath,
} from '../schema/attribute-path.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Compare, Filter, Logical, Present, ValueFilter, ValuePath } from './ast.ts';
import type { BoundFilter } from './bound-filter.ts';
import { toComparand, toLiteral } from './comparand.ts';

/** Flattens an `and` inside an `and`, so that the query plan sees all conjuncts side by side. */
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
 * A complex attribute is compared by its `value`, as RFC 7644 does for multi-valued ones in its examples
 * (`emails co "example.com"`).
 */
const toComparable = (target: Target, tolerate: Tolerate): Target => {
  const { attribute, sub } = target;
  if (sub !== undefined || attribute.type !== 'complex') return target;
  const value = resolveSubAttribute(target, 'value');
  if (value !== undefined && (attribute.multiValued || tolerate('complexWithoutSubAttribute'))) return value;
  const names = (attribute.subAttributes ?? []).map(({ name }) => name).join(', ');
  throw invalidFilter(
    `The filter compares ${targetPath(target)}, which is complex: expected one of its sub-attributes ${names}.`,
  );
};

const bindTerm = (term: Present | Compare, target: Target, tolerate: Tolerate): BoundFilter => {
  if ((target.sub ?? target.attribute).returned === 'never')
    throw invalidFilter(`${targetPath(target)} is never returned, so a filter cannot use it.`);
  if (term.kind === 'present') return { kind: 'present', target };
  const comparable = term.value === null ? target : toComparable(target, tolerate);
  const literal = term.value === null ? null : toLiteral(comparable.sub ?? comparable.attribute, term.value, tolerate);
  const value = toComparand(comparable, { ...term, value: literal }, tolerate);
  return { kind: 'compare', operator: term.operator, target: comparable, value, literal };
};

/**
 * Binds the filter inside the brackets of a value path.
 * @param target the attribute before the brackets: complex, or multi-valued with elements that are called `value`
 * @throws invalidFilter
 */
export const bindValueFilter = (filter: ValueFilter, target: Target, tolerate: Tolerate): BoundFilter =>
  bindLogical(filter, (term) => {
    const [name = '', ...more] = term.path.names;
    const isPlain = term.path.urn === undefined && more.length === 0;
    const sub = isPlain ? resolveSubAttribute(target, name) : undefined;
    if (sub === undefined)
      throw invalidFilter(`${targetPath(target)} has no sub-attribute ${printAttributePath(term.path)}.`, 'unknown');
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

/** Replaces `email` and `workEmail`, which some clients use as attributes. @returns undefined for other names */
const resolveAlias = (term: Present | Compare): Present | Compare | ValuePath | undefined => {
  const name = printAttributePath(term.path).toLowerCase();
  if (name === 'email') return { ...term, path: EMAILS_VALUE };
  if (name !== 'workemail') return undefined;
  const filter: ValueFilter = { kind: 'and', terms: [IS_WORK, { ...term, path: VALUE }] };
  return { kind: 'valuePath', path: EMAILS, filter, after: undefined };
};

const unknownAttribute = (type: ResourceType, path: AttributePath) => {
  const text = printAttributePath(path);
  return invalidFilter(isAmbiguous(type, path) ? ambiguous(text) : `${text} is not an attribute of ${type.name}.`);
};

/**
 * Binds a filter to a resource type.
 * @param tolerate called for each dialect that the filter needs; a dialect that is not tolerated is refused
 * @throws invalidFilter for an unknown attribute, or an operator or value that does not suit its type
 */
export const bindFilter = (filter: Filter, type: ResourceType, tolerate: Tolerate): BoundFilter => {
  const bindValuePath = ({ path, filter, after }: ValuePath): BoundFilter => {
    const target = resolveAttribute(type, path, tolerate);
    if (target === undefined) throw unknownAttribute(type, path);
    if (after !== undefined && !tolerate('filterThenSubAttribute'))
      throw invalidFilter(
        `The filter continues after the brackets of ${targetPath(target)}: move the condition into the brackets.`,
      );
    const whole: ValueFilter = after === undefined ? filter : { kind: 'and', terms: [filter, after] };
    return { kind: 'element', target, filter: bindValueFilter(whole, target, tolerate) };
  };
  const bindExpression = (expression: Present | Compare | ValuePath): BoundFilter => {
    if (expression.kind === 'valuePath') return bindValuePath(expression);
    const target = resolveAttribute(type, expression.path, tolerate);
    if (target !== undefined) return bindTerm(expression, target, tolerate);
    const resolved = resolveAlias(expression);
    const isAlias = resolved !== undefined && resolveAttribute(type, EMAILS_VALUE, tolerate) !== undefined;
    if (!isAlias || !tolerate('emailAlias')) throw unknownAttribute(type, expression.path);
    return bindExpression(resolved);
  };
  return bindLogical(filter, bindExpression);
};
