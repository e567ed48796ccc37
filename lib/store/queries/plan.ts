/**
 * Plans a query: the cheapest index that serves a top-level conjunct of the filter, or a scan of the directory. Pure. A
 * plan is plain data and, except for the values in it, safe to log. Every candidate is still checked against the whole
 * filter.
 */
import {
  type BoundFilter,
  type Order,
  type ResourceType,
  type Target,
  targetPath,
  uniquePaths,
} from '../../scim/index.ts';

export type FilteringPlan =
  | { readonly kind: 'id'; readonly id: string }
  /** Claims and look-ups of a folded value. */
  | { readonly kind: 'index'; readonly path: string; readonly folded: string }
  /** The groups of a member. */
  | { readonly kind: 'groupsOf'; readonly member: string }
  /** The members of a group. `whole`: this is the whole filter. */
  | { readonly kind: 'membersOf'; readonly group: string; readonly whole: boolean }
  | { readonly kind: 'scan' };
export type QueryPlan = { readonly kind: 'all' } | FilteringPlan;

/** The memberships that must be read to evaluate a filter. */
export type FilterNeeds = { readonly groups: boolean; readonly members: 'all' | 'none' | readonly string[] };

type Compare = Extract<BoundFilter, { kind: 'compare' }>;

/** A complex attribute is compared by its `value`. */
const comparedPath = (target: Target): string =>
  target.sub === undefined && target.attribute.type === 'complex' ? `${targetPath(target)}.value` : targetPath(target);

const conjunctsOf = (filter: BoundFilter): readonly BoundFilter[] =>
  filter.kind === 'and' ? filter.terms.flatMap(conjunctsOf) : [filter];

const equality = (filter: BoundFilter): (Compare & { readonly value: string }) | undefined =>
  filter.kind === 'compare' && filter.operator === 'eq' && typeof filter.value === 'string'
    ? { ...filter, value: filter.value }
    : undefined;

/** `attr[value eq "x" ...]` finds the same resources as `attr.value eq "x"`, and more terms only narrow it. */
const valueInElement = (filter: BoundFilter): Equality | undefined => {
  if (filter.kind !== 'element') return undefined;
  const values = conjunctsOf(filter.filter).flatMap((term) => equality(term) ?? []);
  const match = values.find(({ target }) => (target.sub ?? target.attribute).name === 'value');
  return match && { path: `${targetPath(filter.target)}.value`, value: match.value };
};

type Equality = { readonly path: string; readonly value: string };
const equalityOf = (filter: BoundFilter): Equality | undefined => {
  const compare = equality(filter);
  return compare === undefined ? valueInElement(filter) : { path: comparedPath(compare.target), value: compare.value };
};

/** @returns the price of an index and its plan; undefined if no index serves the path */
const price = (
  type: ResourceType,
  { path, value }: Equality,
  whole: boolean,
): readonly [number, QueryPlan] | undefined => {
  if (path === 'id') return [0, { kind: 'id', id: value }];
  if (uniquePaths(type).includes(path)) return [1, { kind: 'index', path, folded: value }];
  if (type.lookups.includes(path) || type.sorted.includes(path)) return [2, { kind: 'index', path, folded: value }];
  if (type.members !== undefined && path === `${type.members.attribute}.value`)
    return [3, { kind: 'groupsOf', member: value }];
  if (type.memberOf?.attribute !== undefined && path === `${type.memberOf.attribute}.value`)
    return [4, { kind: 'membersOf', group: value, whole }];
  return undefined;
};

export const planQuery = (type: ResourceType, filter: BoundFilter | undefined): QueryPlan => {
  if (filter === undefined) return { kind: 'all' };
  const conjuncts = conjunctsOf(filter);
  const offers = conjuncts.flatMap((conjunct) => {
    const equal = equalityOf(conjunct);
    const whole = conjuncts.length === 1 && conjunct.kind === 'compare';
    const offer = equal && price(type, equal, whole);
    return offer === undefined ? [] : [offer];
  });
  offers.sort(([a], [b]) => a - b);
  return offers[0]?.[1] ?? { kind: 'scan' };
};

/** @returns every comparison and presence test of a filter; `attr[...]` counts as one test of `attr` */
const leavesOf = (filter: BoundFilter): readonly Leaf[] => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.flatMap(leavesOf);
    case 'not':
      return leavesOf(filter.term);
    case 'present':
    case 'compare':
    case 'element':
      return [filter];
  }
};
type Leaf = Exclude<BoundFilter, { kind: 'and' | 'or' | 'not' }>;

const names = ({ extension, attribute }: Target, name: string | undefined) =>
  name !== undefined && extension === undefined && attribute.name === name;

/** Comparing members with known ids needs one item per id, not all members. */
const membersNeeded = (type: ResourceType, leaves: readonly Leaf[]): FilterNeeds['members'] => {
  const ofMembers = leaves.filter(({ target }) => names(target, type.members?.attribute));
  const ids = ofMembers.map((leaf) => {
    const equal = equalityOf(leaf);
    return equal?.path === `${type.members?.attribute}.value` ? equal.value : undefined;
  });
  const known = ids.filter((id) => id !== undefined);
  if (known.length < ids.length) return 'all';
  return ofMembers.length === 0 ? 'none' : [...new Set(known)];
};

/** @param sortedBy the attribute to sort by */
export const needsOf = (type: ResourceType, filter: BoundFilter | undefined, sortedBy?: Target): FilterNeeds => {
  const leaves = filter === undefined ? [] : leavesOf(filter);
  const targets = [...leaves.map(({ target }) => target), ...(sortedBy === undefined ? [] : [sortedBy])];
  const sortsMembers = sortedBy !== undefined && names(sortedBy, type.members?.attribute);
  return {
    groups: targets.some((target) => names(target, type.memberOf?.attribute)),
    members: sortsMembers ? 'all' : membersNeeded(type, leaves),
  };
};

/** An order that one partition of the table holds: by id, by creation, or by a sorted attribute. */
export type IndexedOrder = { readonly path: string; readonly descending: boolean };

/** @returns undefined if the resources must be sorted in memory */
export const indexedOrder = (type: ResourceType, order: Order | undefined): IndexedOrder | undefined => {
  if (order === undefined) return { path: 'id', descending: false };
  const path = targetPath(order.target);
  return ['id', 'meta.created', ...type.sorted].includes(path) ? { path, descending: order.descending } : undefined;
};
