/**
 * A deletion turns a resource's two items into tombstones, so that the stream tells who did it, and takes its index,
 * its place in the list and its memberships away. A group is gone at once; its members' side is swept after that.
 */
import { ScimError, type StoredResource, type WriteScope } from '../scim/index.ts';
import { deleteClaim, deleteLookup, fromIndexed } from './index-entries.ts';
import { fromBytes, type MemberOfItem } from './items.ts';
import { countKey, listKey, MEMBER_PREFIX, memberKey, memberOfKey, resourceKey, resourcePk } from './keys.ts';
import { countMemberChange } from './membership.ts';
import { edgeKey, type GroupChange, judgeAll, MEMBERS_AT_ONCE, type MemberStep, writesOf } from './membership-step.ts';
import { chunksOf, inParallel } from './parallel.ts';
import { isOwnWrite, stampOf, toMember, toMemberOf, toStoredResource, unchangedSince } from './stored-resource.ts';
import { MEMBEROF, RESOURCE } from './table.ts';
import type { Item, Table } from './table-calls.ts';
import { transact, WRITES_AT_ONCE } from './transaction.ts';
import type { Write } from './write.ts';

/** Long enough for the stream and for whoever resumes a sweep. */
const TOMBSTONE_SECONDS = 24 * 60 * 60;
/** So often a deletion is computed anew because a membership came or went, before it no longer asks. */
const ATTEMPTS_WITH_EDGES = 3;
const SWEEPS_AT_ONCE = 4;

type Deletion = {
  readonly scope: WriteScope;
  readonly resource: StoredResource;
  readonly memberOf: MemberOfItem | undefined;
  readonly at: string;
  readonly ttl: number;
};

const groupsOf = (memberOf: MemberOfItem | undefined): string[] => [...(memberOf?.g ?? [])].map(fromBytes);

const edgesOf = ({ scope, resource }: Deletion, groups: readonly string[]) => {
  const groupType = scope.type.memberOf?.type ?? '';
  return groups.map((group) => memberKey(resourcePk(scope.directory, groupType, group), resource.id));
};

const entomb = ({ scope, resource, at, ttl }: Deletion): Write => ({
  key: resourceKey(scope.directory, scope.type.name, resource.id),
  update: {
    set: { ...stampOf(scope, at), v: resource.version + 1, gone: true, ttl },
    remove: ['r', 'claims', 'lookups'],
  },
  condition: unchangedSince(resource, false),
});

/** @param known its groups are deleted in the same transaction, so none may have come or gone */
const entombMemberOf = ({ scope, resource, memberOf, at, ttl }: Deletion, known: boolean): Write[] =>
  memberOf === undefined
    ? []
    : [
        {
          key: memberOfKey(scope.directory, scope.type.name, resource.id),
          update: { set: { ...stampOf(scope, at), gone: true, ttl }, add: { rev: 1 } },
          condition: known
            ? { expression: '#rev = :rev', values: { ':rev': memberOf.rev } }
            : { expression: 'attribute_exists(#pk)' },
        },
      ];

const unlist = ({ scope: { directory, type }, resource }: Deletion): Write[] => {
  const { claims, lookups } = fromIndexed(resource.indexed);
  return [
    ...claims.map(deleteClaim),
    ...lookups.map((pk) => deleteLookup(pk, resource.id)),
    { key: listKey(directory, type.name, resource.id), delete: true },
    { key: countKey(directory, type.name, resource.id), update: { add: { n: -1 } } },
  ];
};

const readDeletion = async (table: Table, scope: WriteScope, id: string): Promise<Deletion | undefined> => {
  const now = table.clock();
  const items = await table.query({
    pk: resourcePk(scope.directory, scope.type.name, id),
    from: MEMBEROF,
    to: RESOURCE,
  });
  const under = (sk: string) => items.find((item) => item.sk === sk);
  const resource = toStoredResource(under(RESOURCE), now);
  if (resource === undefined) return undefined;
  const ttl = Math.ceil(now / 1000) + TOMBSTONE_SECONDS;
  return { scope, resource, memberOf: toMemberOf(under(MEMBEROF), now), at: new Date(now).toISOString(), ttl };
};

type Burial = {
  readonly deletion: Deletion;
  /** Whose edges went in the transaction; undefined: they are still there. */
  readonly groups: readonly string[] | undefined;
};

/** @returns undefined when the resource changed first, `'again'` when its memberships did */
const buryOnce = async (
  table: Table,
  deletion: Deletion,
  withEdges: boolean,
): Promise<Burial | 'again' | undefined> => {
  const { scope, resource, at } = deletion;
  const groups = groupsOf(deletion.memberOf);
  const rest = unlist(deletion);
  const together = withEdges && 2 + rest.length + groups.length <= WRITES_AT_ONCE;
  const edges = together ? edgesOf(deletion, groups) : [];
  const refusals = await transact(
    table,
    [
      entomb(deletion),
      ...entombMemberOf(deletion, together),
      ...rest,
      ...edges.map((key): Write => ({ key, delete: true })),
    ],
    scope,
  );
  const own = { v: resource.version + 1, at, gone: true } as const;
  if (refusals === undefined || isOwnWrite(refusals[0]?.item, scope, own))
    return { deletion, groups: together ? groups : undefined };
  return refusals[0] === undefined ? 'again' : undefined;
};

/** @returns undefined when it is no longer as `before` */
const bury = async (table: Table, scope: WriteScope, before: StoredResource): Promise<Burial | undefined> => {
  for (let attempt = 0; ; attempt++) {
    const deletion = await readDeletion(table, scope, before.id);
    if (deletion?.resource.version !== before.version) return undefined;
    const burial = await buryOnce(table, deletion, attempt < ATTEMPTS_WITH_EDGES);
    if (burial !== 'again') return burial;
  }
};

/** Nobody can add to the tombstone of a MEMBEROF item, so what it names is all there is. */
const deleteEdges = async (table: Table, deletion: Deletion): Promise<readonly string[]> => {
  const { scope, resource } = deletion;
  const item: Item | undefined = await table.get(memberOfKey(scope.directory, scope.type.name, resource.id));
  const g = item?.g;
  const groups = g instanceof Set ? [...g].map(fromBytes) : [];
  await table.deleteAll(edgesOf(deletion, groups));
  return groups;
};

/** One chunk of a deleted group's members: what is refused has lost its other half already. */
const sweepChunk = async (table: Table, change: GroupChange, chunk: readonly MemberStep[]): Promise<void> => {
  let steps = [...chunk];
  while (steps.length > 0) {
    const refusals = await transact(table, writesOf(change, steps), change.scope);
    if (refusals === undefined) return;
    const verdicts = judgeAll(steps, refusals);
    await table.deleteAll([...verdicts.keys()].map(({ id }) => edgeKey(change, id)));
    steps = steps.filter((step) => !verdicts.has(step));
  }
};

/** Takes a deleted group out of its members, until the deadline: what is left is invisible, because the group is gone. */
export const sweep = async (table: Table, change: GroupChange): Promise<void> => {
  const { scope, groupType, groupId } = change;
  const pk = resourcePk(scope.directory, groupType, groupId);
  for await (const page of table.pages({ pk, from: MEMBER_PREFIX })) {
    const steps = page.map(toMember).map(({ id, type = '' }): MemberStep => ({ kind: 'remove', id, type }));
    const sweepInTime = async (chunk: MemberStep[]) => {
      if (table.clock() < scope.deadline) await sweepChunk(table, change, chunk);
    };
    await inParallel(chunksOf(steps, MEMBERS_AT_ONCE), sweepInTime, SWEEPS_AT_ONCE);
    if (table.clock() >= scope.deadline) return;
  }
};

const sweepAsFarAsItGoes = async (table: Table, change: GroupChange): Promise<void> => {
  try {
    await sweep(table, change);
  } catch (error) {
    // The group is deleted whatever becomes of the sweep, and repeating the request could only answer 404.
    if (!(error instanceof ScimError)) throw error;
  }
};

/** See `Store.delete`. */
export const deleteResource = async (
  table: Table,
  scope: WriteScope,
  before: StoredResource,
): Promise<'deleted' | 'stale'> => {
  const burial = await bury(table, scope, before);
  if (burial === undefined) return 'stale';
  const { deletion } = burial;
  const groups = burial.groups ?? (await deleteEdges(table, deletion));
  const groupType = scope.type.memberOf?.type ?? '';
  await inParallel(groups, (groupId) => countMemberChange(table, { scope, groupType, groupId, at: deletion.at }));
  if (scope.type.members !== undefined)
    await sweepAsFarAsItGoes(table, { scope, groupType: scope.type.name, groupId: before.id, at: deletion.at });
  return 'deleted';
};
