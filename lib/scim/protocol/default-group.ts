/** The default group that every new user of a directory joins: found by name, or created. A later removal stands. */

import { overtaken, ScimError } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { compileFilter } from '../filter/evaluate-filter.ts';
import { fold } from '../json/fold.ts';
import { own } from '../json/json.ts';
import { withDefaults } from '../schema/default-values.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { StoredResource, WriteScope } from '../store-port.ts';
import type { DefaultGroups, ResourceExchange } from './request.ts';
import { changeResource, writeScope } from './write.ts';

const NAME = 'displayName';
const ATTEMPTS = 5;
/** Maximum number of directories whose group id is cached. */
const CACHE_SIZE = 1000;

type DefaultGroup = { readonly name: string; readonly type: ResourceType; readonly exchange: ResourceExchange };

/** @returns undefined if new resources of the type join no group */
const defaultGroupOf = (exchange: ResourceExchange): DefaultGroup | undefined => {
  const { defaultGroup: name, memberOf } = exchange.type;
  const type = exchange.types.find((one) => one.name === memberOf?.type);
  return name === undefined || type === undefined ? undefined : { name, type, exchange };
};

/**
 * Writes to the group as actor `system`, not as the creator of the user. The name is claimed even in directories where
 * groups may share names, so that only one of several concurrent requests creates the group.
 */
const scopeOf = ({ type, exchange }: DefaultGroup): WriteScope => {
  const { requestId } = exchange.caller.actor;
  const actor = { kind: 'system' as const, ...(requestId === undefined ? {} : { requestId }) };
  return { ...writeScope({ ...exchange, type }), actor, unique: [NAME] };
};

const isNamed = (name: string, display: unknown) => typeof display === 'string' && fold(display) === fold(name);

const find = async (group: DefaultGroup): Promise<StoredResource | undefined> => {
  const { name, type, exchange } = group;
  const attribute = type.schema.attributes.find((one) => one.name === NAME);
  if (attribute === undefined) return undefined;
  const target = { extension: undefined, attribute, sub: undefined };
  const filter: BoundFilter = { kind: 'compare', operator: 'eq', target, value: fold(name), literal: name };
  const isMatch = compileFilter(filter);
  const page = await exchange.store.query(scopeOf(group), {
    filter,
    startIndex: 1,
    count: 1,
    include: { members: false, groups: false },
    matches: ({ resource }) => isMatch(resource.attributes),
    deadline: exchange.caller.deadline,
  });
  return page.resources[0]?.resource;
};

/** @returns undefined if a concurrent request created it first */
const create = async (group: DefaultGroup): Promise<string | undefined> => {
  const { name, type, exchange } = group;
  const attributes = withDefaults({ [NAME]: name }, type);
  try {
    return (await exchange.store.create(scopeOf(group), { id: crypto.randomUUID(), attributes, members: [] })).id;
  } catch (error) {
    if (error instanceof ScimError && error.scimType === 'uniqueness') return undefined;
    throw error;
  }
};

const findOrCreate = async (group: DefaultGroup): Promise<string> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const id = (await find(group))?.id ?? (await create(group));
    if (id !== undefined) return id;
  }
  // Other requests keep creating and deleting the group.
  throw overtaken();
};

/** Fallback: an ordinary membership change, if the group was deleted or renamed during the user's creation. */
const move = async (
  user: StoredResource,
  group: DefaultGroup,
  { from, to }: { from: readonly string[]; to: string },
) => {
  const { exchange, type } = group;
  const change = (id: string, members: { add: readonly { id: string }[]; remove: readonly string[] }) =>
    changeResource(
      withoutHeaders({ ...exchange, type }),
      { id, include: { members: false, groups: false } },
      (before) =>
        exchange.store.update(scopeOf(group), before, { members: { replace: false, ...members }, exact: false }),
    );
  for (const id of from) await change(id, { add: [], remove: [user.id] });
  const { resource } = await change(to, { add: [{ id: user.id }], remove: [] });
  return { id: to, display: String(own(resource.attributes, NAME) ?? '') };
};

/** Drops the headers, because preconditions of the request apply to the user, not to the group. */
const withoutHeaders = (exchange: ResourceExchange): ResourceExchange => ({
  ...exchange,
  request: { ...exchange.request, header: () => undefined },
});

/** Caches the group id of each directory. The result of `Store.create` reveals if the group has changed since. */
export function createDefaultGroups(): DefaultGroups {
  const cache = new Map<string, Promise<string>>();
  const keyOf = ({ name, exchange }: DefaultGroup) => `${exchange.caller.directory.id} ${name}`;

  /** Concurrent requests share one lookup. */
  const idOf = (group: DefaultGroup): Promise<string> => {
    const key = keyOf(group);
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const id = findOrCreate(group);
    id.catch(() => cache.delete(key));
    cache.set(key, id);
    const [oldest] = cache.keys();
    if (cache.size > CACHE_SIZE && oldest !== undefined) cache.delete(oldest);
    return id;
  };

  return {
    async idsFor(exchange) {
      const group = defaultGroupOf(exchange);
      return group === undefined ? [] : [await idOf(group)];
    },
    async ensureMembership(exchange, { groups = [], ...user }) {
      const group = defaultGroupOf(exchange);
      if (group === undefined || groups.some(({ display }) => isNamed(group.name, display))) return groups;
      cache.delete(keyOf(group));
      return [await move(user, group, { from: groups.map(({ id }) => id), to: await idOf(group) })];
    },
  };
}
