/** Runs a query plan: finds candidates by an index or a scan, filters and sorts them, and returns one page. */

import { chunksOf, inParallel } from '../../common/parallel.ts';
import { limits, type Page, type Query, type Scope, tooMany, unavailable, uniquePaths } from '../../scim/index.ts';
import { ClaimItem } from '../items/items.ts';
import { toMemberOf } from '../items/resource-item.ts';
import type { Table } from '../table/calls.ts';
import { type IndexedValue, isId, listPk, memberOfKey, resourcePk, valueRange } from '../table/keys.ts';
import { cursorPage } from './list-by-cursor.ts';
import { listResources } from './list-by-index.ts';
import { bytesOf, loadResources, type Needs, needsToShow, toShown } from './load.ts';
import { type FilteringPlan, indexedOrder, needsOf, planQuery } from './plan.ts';
import { groupIdsOf, readMembers } from './read.ts';
import { pageOf, type Sortable, sorted, toSortable } from './sort-in-memory.ts';

/** One BatchGetItem; several are in flight at a time. */
const READ_AT_ONCE = 100;

/** @returns the ids that claim the value or have a look-up of it */
const readIndex = async (table: Table, scope: Scope, value: IndexedValue) =>
  (await table.query({ ...valueRange(scope, value), limit: limits.scannedResources + 1 })).map(
    (item) => ClaimItem.parse(item).id,
  );

const readGroupsOf = async (table: Table, { directory, type }: Scope, member: string): Promise<string[]> => {
  if (!isId(member)) return [];
  const keys = (type.members?.types ?? []).map((name) => memberOfKey(directory, name, member));
  const items = await table.getAll(keys);
  return keys.flatMap((key) => groupIdsOf(toMemberOf(items.get(key), table.clock())));
};

const readMembersOf = async (table: Table, { directory, type }: Scope, group: string): Promise<string[]> => {
  if (!isId(group) || type.memberOf === undefined) return [];
  // The group may be of another type than the resources in the list.
  const pk = resourcePk(directory, type.memberOf.type, group);
  const members = await readMembers(table, pk);
  return members.filter((member) => member.type === type.name).map(({ id }) => id);
};

const readList = async (table: Table, { directory, type }: Scope): Promise<string[]> => {
  const range = { pk: listPk(directory, type.name), limit: limits.scannedResources + 1 };
  return (await table.query(range)).map(({ sk }) => String(sk));
};

const candidatesOf = async (table: Table, scope: Scope, plan: FilteringPlan): Promise<string[]> => {
  switch (plan.kind) {
    case 'id':
      return isId(plan.id) ? [plan.id] : [];
    case 'index':
      return readIndex(table, scope, plan);
    case 'groupsOf':
      return readGroupsOf(table, scope, plan.member);
    case 'membersOf':
      return readMembersOf(table, scope, plan.group);
    case 'scan':
      return readList(table, scope);
  }
};

/** A filter or an order without an index may need to read more than the cap. */
const queryTooLarge = ({ type }: Scope, { filter, order }: Query) => {
  const cap = `${limits.scannedResources} resources or ${limits.scannedBytes / 2 ** 20} MB`;
  const indexed = [...new Set(['id', ...type.sorted, ...uniquePaths(type), ...type.lookups])].join(', ');
  const advice = [
    ...(filter === undefined ? [] : [`compare one of ${indexed} with eq, alone or as part of an and`]),
    ...(order === undefined ? [] : [`sort by one of ${['id', 'meta.created', ...type.sorted].join(', ')}`]),
    ...(indexedOrder(type, order) === undefined ? [] : ['or page by cursor']),
  ];
  return tooMany(`The query would read more than ${cap}: ${advice.join('; ')}.`);
};

/** @returns the resources that match the filter. @throws tooMany above the cap; unavailable() at the deadline */
const filterAll = async (
  table: Table,
  scope: Scope,
  { query, ids, needs }: { query: Query; ids: readonly string[]; needs: Needs },
) => {
  if (ids.length > limits.scannedResources) throw queryTooLarge(scope, query);
  let bytes = 0;
  const checkBytes = () => {
    if (bytes > limits.scannedBytes) throw queryTooLarge(scope, query);
  };
  const matching = await inParallel(chunksOf(ids, READ_AT_ONCE), async (chunk) => {
    checkBytes();
    if (table.clock() >= query.deadline) throw unavailable(new Error('the table was too slow to read all candidates'));
    const loaded = await loadResources(table, scope, { ids: chunk, needs });
    bytes += loaded.reduce((size, one) => size + bytesOf(one), 0);
    checkBytes();
    return loaded.filter(query.matches).map((one) => toSortable(one, query));
  });
  return matching.flat();
};

/** The memberships that filter and order need, and those of the response if all candidates may fit on the page. */
const needsFor = (scope: Scope, query: Query, candidates: number): Needs => {
  const { include, count } = query;
  const needs = needsOf(scope.type, query.filter, query.order?.target);
  if (candidates > count) return needs;
  return {
    groups: needs.groups || include.groups,
    members: include.members ? 'all' : needs.members,
  };
};

/** The ids alone determine the page: no candidate needs to be filtered. */
const queryIds = async (table: Table, scope: Scope, { query, ids }: { query: Query; ids: readonly string[] }) => {
  const inOrder = ids.map((id): Sortable => ({ id, key: null }));
  const { page, cursorsOf } = pageOf(sorted(inOrder, query), query);
  const shown = { ids: page.map(({ id }) => id), needs: needsToShow(query.include) };
  const resources = await loadResources(table, scope, shown);
  return { totalResults: ids.length, resources, ...cursorsOf(resources) };
};

const queryFiltered = async (
  table: Table,
  scope: Scope,
  { query, plan }: { query: Query; plan: FilteringPlan },
): Promise<Page> => {
  const ids = await candidatesOf(table, scope, plan);
  if (plan.kind === 'membersOf' && plan.whole && query.order === undefined)
    return queryIds(table, scope, { query, ids });
  const needs = needsFor(scope, query, ids.length);
  const inOrder = sorted(await filterAll(table, scope, { query, ids, needs }), query);
  const { page, cursorsOf } = pageOf(inOrder, query);
  const loaded = page.map((one) => one.loaded);
  const resources = await toShown(table, scope, { loaded, needs, include: query.include });
  return { totalResults: inOrder.length, resources, ...cursorsOf(resources) };
};

/** See `Store.query`. */
export const queryResources = (table: Table, scope: Scope, query: Query): Promise<Page> => {
  const plan = planQuery(scope.type, query.filter);
  const order = indexedOrder(scope.type, query.order);
  const isWhole = plan.kind === 'all' || plan.kind === 'scan';
  if (isWhole && query.cursor !== undefined && order !== undefined) return cursorPage(table, scope, { query, order });
  if (plan.kind !== 'all') return queryFiltered(table, scope, { query, plan });
  return order === undefined
    ? queryFiltered(table, scope, { query, plan: { kind: 'scan' } })
    : listResources(table, scope, { query, order });
};
