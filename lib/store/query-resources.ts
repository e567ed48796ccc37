/** Carries out a query plan: candidates by index or by reading the directory, filtered, counted, and one page of them. */
import { type Include, type Loaded, limits, type Page, type Query, type Scope, tooMany } from '../scim/index.ts';
import { uniquePaths } from './attribute-path.ts';
import { ClaimItem } from './items.ts';
import { indexPk, isId, listPk, memberOfKey, resourcePk } from './keys.ts';
import { listResources } from './list-resources.ts';
import { loadResources, type Needs } from './load-resources.ts';
import { chunksOf, inParallel } from './parallel.ts';
import { type FilteringPlan, needsOf, planQuery } from './query-plan.ts';
import { groupIdsOf, readMembers } from './read-resource.ts';
import { toMemberOf } from './stored-resource.ts';
import type { Table } from './table-calls.ts';

/** One BatchGet; several of them are under way at once. */
const READ_AT_ONCE = 100;

const needsToShow = ({ groups, members }: Include): Needs => ({ groups, members: members ? 'all' : 'none' });

/** Ids that the index has under a value: of its claim, or of its look-ups. */
const readIndex = async (table: Table, { directory, type }: Scope, value: { path: string; folded: string }) =>
  (await table.query({ pk: indexPk(directory, type.name, value), limit: limits.scannedResources + 1 })).map(
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
  // Read under the group's own name, because its type may be another.
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

/** A filter may say little and still make us read much. */
const tooMuch = ({ type }: Scope) =>
  tooMany(
    `The filter needs more than ${limits.scannedResources} resources or ${limits.scannedBytes / 2 ** 20} MB to be read: ` +
      `compare one of id, ${[...uniquePaths(type), ...type.lookups].join(', ')} by eq, alone or in an and.`,
  );

/** About what one costs to read; members are counted, because a group may have any number. */
const BYTES_PER_MEMBER = 90;
const bytesOf = ({ resource, members = [] }: Loaded) =>
  JSON.stringify(resource.attributes).length + members.length * BYTES_PER_MEMBER;

type Filtered = { readonly total: number; readonly hits: readonly Loaded[] };

/** @returns the total of those that match, and those of them that are on the page */
const filterAll = async (
  table: Table,
  scope: Scope,
  { query, ids, needs }: { query: Query; ids: readonly string[]; needs: Needs },
): Promise<Filtered> => {
  if (ids.length > limits.scannedResources) throw tooMuch(scope);
  let bytes = 0;
  const checkBounds = () => {
    if (bytes > limits.scannedBytes || table.clock() >= query.deadline) throw tooMuch(scope);
  };
  const matching = await inParallel(chunksOf(ids, READ_AT_ONCE), async (chunk) => {
    checkBounds();
    const loaded = await loadResources(table, scope, { ids: chunk, needs });
    bytes += loaded.reduce((size, one) => size + bytesOf(one), 0);
    checkBounds();
    return loaded.filter(query.matches);
  });
  const all = matching.flat();
  const { first, end } = windowOf(query);
  return { total: all.length, hits: all.slice(first, end) };
};

const windowOf = ({ startIndex, count }: Query) => {
  const first = Math.max(0, startIndex - 1);
  return { first, end: first + Math.max(0, count) };
};

const show = ({ resource, members, groups }: Loaded, include: Include): Loaded => ({
  resource,
  ...(include.members && members !== undefined ? { members } : {}),
  ...(include.groups && groups !== undefined ? { groups } : {}),
});

/** What the filter needs of every candidate, and what the answer needs when all of them may be in it. */
const needsFor = (query: Query, filterNeeds: Needs, candidates: number): Needs => {
  const { include, count } = query;
  if (candidates > count) return filterNeeds;
  return {
    groups: filterNeeds.groups || include.groups,
    members: include.members ? 'all' : filterNeeds.members,
  };
};

const queryFiltered = async (
  table: Table,
  scope: Scope,
  { query, plan }: { query: Query; plan: FilteringPlan },
): Promise<Page> => {
  const { include } = query;
  const ids = (await candidatesOf(table, scope, plan)).sort();
  if (plan.kind === 'membersOf' && plan.whole) {
    const { first, end } = windowOf(query);
    const shown = { ids: ids.slice(first, end), needs: needsToShow(include) };
    return { totalResults: ids.length, resources: await loadResources(table, scope, shown) };
  }
  const needs = needsFor(query, needsOf(scope.type, query.filter), ids.length);
  const { total, hits } = await filterAll(table, scope, { query, ids, needs });
  const complete = (needs.groups || !include.groups) && (needs.members === 'all' || !include.members);
  if (complete) return { totalResults: total, resources: hits.map((hit) => show(hit, include)) };
  const shown = { ids: hits.map(({ resource }) => resource.id), needs: needsToShow(include) };
  return { totalResults: total, resources: await loadResources(table, scope, shown) };
};

/** See `Store.query`. */
export const queryResources = (table: Table, scope: Scope, query: Query): Promise<Page> => {
  const plan = planQuery(scope.type, query.filter);
  return plan.kind === 'all' ? listResources(table, scope, query) : queryFiltered(table, scope, { query, plan });
};
