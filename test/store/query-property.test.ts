/** For any filter on any directory, query plan and residual filter find the same resources as a full scan. */
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { bindFilter } from '../../lib/scim/filter/bind-filter.ts';
import { compileFilter } from '../../lib/scim/filter/evaluate-filter.ts';
import { printFilter } from '../../lib/scim/filter/print-filter.ts';
import {
  groupType,
  type JsonObject,
  type Loaded,
  type ResourceType,
  toRepresentation,
  userType,
} from '../../lib/scim/index.ts';
import { readResourceBody } from '../../lib/scim/resource/resource-body.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { planQuery } from '../../lib/store/queries/plan.ts';
import { filtersOf } from '../arbitraries/filters.ts';
import { holdsAsync } from '../arbitraries/property.ts';
import { resourceBodies } from '../arbitraries/resources.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { newDirectory, queryOf, scopeOf } from './scene.ts';

const USERS = 40;
const GROUPS = 12;
const BOTH = { members: true, groups: true };

const client = useEngine();
const directory = newDirectory();
const store = () => createStore({ client: client(), tableName: TABLE_NAME });
const made: { readonly id: string; readonly type: string }[] = [];

const createAll = async (type: ResourceType, bodies: readonly JsonObject[], unique: readonly string[]) => {
  for (const [i, body] of bodies.entries()) {
    const id = crypto.randomUUID();
    const { attributes } = readResourceBody(body, { type, tolerate: () => false });
    // Every third existing resource becomes a member of every second group.
    const members = type === groupType && i % 2 === 0 ? made.filter((_, at) => (at + i) % 3 === 0) : [];
    await store().create(scopeOf(directory, type, { unique }), { id, attributes, members });
    made.push({ id, type: type.name });
  }
};

beforeAll(async () => {
  const seed = Number(process.env.FC_SEED ?? 1);
  // Names are not unique here, so that one look-up finds several resources.
  await createAll(userType, fc.sample(resourceBodies(userType), { numRuns: USERS, seed }), []);
  await createAll(groupType, fc.sample(resourceBodies(groupType), { numRuns: GROUPS, seed }), []);
});

const textsOf = (attributes: JsonObject, names: readonly string[]) =>
  names.map((name) => attributes[name]).filter((value) => typeof value === 'string');
const idsOf = (all: readonly Loaded[]) => all.map(({ resource }) => resource.id).sort();

test.each([
  ['users', userType, ['id', 'userName', 'externalId', 'emails', 'groups']],
  ['groups', groupType, ['id', 'displayName', 'externalId', 'members']],
] as const)(
  '%s: store.query finds the resources that the filter matches in a full list',
  async (_name, type, often) => {
    const scope = scopeOf(directory, type, { unique: [] });
    const everything = await store().query(scope, queryOf({ count: 1000, include: BOTH }));
    expect(everything.totalResults).toBe(type === userType ? USERS : GROUPS);
    const nameAndExternalId = [type.name === 'User' ? 'userName' : 'displayName', 'externalId'];
    const ids = fc.constantFrom(...made.map(({ id }) => id), 'missing');
    // Filters that one look-up serves are rare among arbitrary ones.
    const lookups = fc.record({
      kind: fc.constant('compare' as const),
      path: fc.constantFrom(...nameAndExternalId).map((name) => ({ urn: undefined, names: [name] })),
      operator: fc.constant('eq' as const),
      value: fc.constantFrom(
        ...everything.resources.flatMap(({ resource }) => textsOf(resource.attributes, nameAndExternalId)),
      ),
      looseCase: fc.constant(false),
    });
    const filters = fc.oneof({ weight: 9, arbitrary: filtersOf(type, ids, often) }, { weight: 1, arbitrary: lookups });
    const plans = new Map<string, number>();
    const found = { some: 0, none: 0 };
    await holdsAsync(
      fc.asyncProperty(filters, fc.boolean(), async (ast, shown) => {
        const filter = bindFilter(ast, type, () => false);
        const isMatch = compileFilter(filter);
        const matches = (loaded: Loaded) => isMatch(toRepresentation(loaded, type, undefined));
        const wanted = everything.resources.filter(matches);
        const include = shown ? BOTH : { members: false, groups: false };
        const page = await store().query(scope, queryOf({ filter, matches, count: 1000, include }));
        expect(idsOf(page.resources), printFilter(ast)).toEqual(idsOf(wanted));
        expect(page.totalResults).toBe(wanted.length);
        const { kind } = planQuery(type, filter);
        plans.set(kind, (plans.get(kind) ?? 0) + 1);
        found[wanted.length === 0 ? 'none' : 'some']++;
      }),
      120,
    );
    // Otherwise the property would prove little.
    expect([...plans.keys()].sort()).toEqual(expect.arrayContaining(['index', 'scan']));
    expect(Math.min(found.some, found.none)).toBeGreaterThan(0);
  },
  120_000,
);
