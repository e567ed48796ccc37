/** The group that every new user of a directory joins: found by its name, or made. A later removal is obeyed. */

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
/** Directories whose group is remembered. */
const REMEMBERED = 1000;

type Wanted = { readonly name: string; readonly type: ResourceType; readonly exchange: ResourceExchange };

/** @returns undefined when new resources of the type join no group */
const wantedIn = (exchange: ResourceExchange): Wanted | undefined => {
  const { defaultGroup: name, memberOf } = exchange.type;
  const type = exchange.types.find((one) => one.name === memberOf?.type);
  return name === undefined || type === undefined ? undefined : { name, type, exchange };
};

/**
 * By us, not by who made the first user. The name is claimed even where groups may share one, so that of several
 * requests at once a single one makes the group.
 */
const scopeOf = ({ type, exchange }: Wanted): WriteScope => {
  const { requestId } = exchange.caller.actor;
  const actor = { kind: 'system' as const, ...(requestId === undefined ? {} : { requestId }) };
  return { ...writeScope({ ...exchange, type }), actor, unique: [NAME] };
};

const isNamed = (name: string, display: unknown) => typeof display === 'string' && fold(display) === fold(name);

const find = async (wanted: Wanted): Promise<StoredResource | undefined> => {
  const { name, type, exchange } = wanted;
  const attribute = type.schema.attributes.find((one) => one.name === NAME);
  if (attribute === undefined) return undefined;
  const target = { extension: undefined, attribute, sub: undefined };
  const filter: BoundFilter = { kind: 'compare', operator: 'eq', target, value: fold(name), literal: name };
  const isMatch = compileFilter(filter);
  const page = await exchange.store.query(scopeOf(wanted), {
    filter,
    startIndex: 1,
    count: 1,
    include: { members: false, groups: false },
    matches: ({ resource }) => isMatch(resource.attributes),
    deadline: exchange.caller.deadline,
  });
  return page.resources[0]?.resource;
};

const make = async (wanted: Wanted): Promise<string | undefined> => {
  const { name, type, exchange } = wanted;
  const attributes = withDefaults({ [NAME]: name }, type);
  try {
    return (await exchange.store.create(scopeOf(wanted), { id: crypto.randomUUID(), attributes, members: [] })).id;
  } catch (error) {
    // Somebody else was faster.
    if (error instanceof ScimError && error.scimType === 'uniqueness') return undefined;
    throw error;
  }
};

const findOrMake = async (wanted: Wanted): Promise<string> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const id = (await find(wanted))?.id ?? (await make(wanted));
    if (id !== undefined) return id;
  }
  // It comes and goes while we look.
  throw overtaken();
};

/** Membership by the ordinary way: for the rare user whose group went, or was renamed, in the middle of its creation. */
const move = async (user: StoredResource, wanted: Wanted, { from, to }: { from: readonly string[]; to: string }) => {
  const { exchange, type } = wanted;
  const change = (id: string, members: { add: readonly { id: string }[]; remove: readonly string[] }) =>
    changeResource(plain({ ...exchange, type }), { id, include: { members: false, groups: false } }, (before) =>
      exchange.store.update(scopeOf(wanted), before, { members: { replace: false, ...members }, exact: false }),
    );
  for (const id of from) await change(id, { add: [], remove: [user.id] });
  const { resource } = await change(to, { add: [{ id: user.id }], remove: [] });
  return { id: to, display: String(own(resource.attributes, NAME) ?? '') };
};

/** The conditions of the request are about the user, not about the group. */
const plain = (exchange: ResourceExchange): ResourceExchange => ({
  ...exchange,
  request: { ...exchange.request, header: () => undefined },
});

/** Remembers the group of each directory. What has become of it meanwhile shows in what `Store.create` answers. */
export function createDefaultGroups(): DefaultGroups {
  const remembered = new Map<string, Promise<string>>();
  const keyOf = ({ name, exchange }: Wanted) => `${exchange.caller.directory.id} ${name}`;

  /** Those who ask at once share one search. */
  const idOf = (wanted: Wanted): Promise<string> => {
    const key = keyOf(wanted);
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const found = findOrMake(wanted);
    found.catch(() => remembered.delete(key));
    remembered.set(key, found);
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return found;
  };

  return {
    async idsFor(exchange) {
      const wanted = wantedIn(exchange);
      return wanted === undefined ? [] : [await idOf(wanted)];
    },
    async settle(exchange, { groups = [], ...user }) {
      const wanted = wantedIn(exchange);
      if (wanted === undefined || groups.some(({ display }) => isNamed(wanted.name, display))) return groups;
      remembered.delete(keyOf(wanted));
      return [await move(user, wanted, { from: groups.map(({ id }) => id), to: await idOf(wanted) })];
    },
  };
}
