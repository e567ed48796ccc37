/**
 * Deletes a resource: turns its two items into tombstones, so that the stream record carries the actor, and removes its
 * index items, list entry and memberships. A group is gone at once; its id is removed from its members' items
 * afterwards.
 */

import { inParallel } from '../../common/parallel.ts';
import { namesOf, ScimError, type StoredResource, type WriteScope } from '../../scim/index.ts';
import { clearMarkerWrite, markerWrite } from '../items/cleanup-marker.ts';
import { deleteEntry, fromIndexed } from '../items/index-entries.ts';
import { fromBytes, type MemberOfItem, TOMBSTONE_SECONDS } from '../items/items.ts';
import { isOwnWrite, stampOf, toMemberOf, toStoredResource, unchangedSince } from '../items/resource-item.ts';
import { countMemberChange } from '../members/change-members.ts';
import { cleanUpGroup, cleanUpMember, type DeletedMember } from '../members/clean-up-group.ts';
import type { Table } from '../table/calls.ts';
import { countKey, createdKey, listKey, memberKey, memberOfKey, resourceKey, resourcePk } from '../table/keys.ts';
import { MEMBEROF, RESOURCE } from '../table/names.ts';
import { transact, WRITES_AT_ONCE } from '../table/transact.ts';
import type { Write } from '../table/write.ts';
import { trimLookups } from './lookup-steps.ts';

/** Retries on concurrent membership changes before the edges are left to the sweeper. */
const ATTEMPTS_WITH_EDGES = 3;

type Deletion = {
  readonly scope: WriteScope;
  readonly resource: StoredResource;
  /** If-Match: conditional on the members too. */
  readonly exact: boolean;
  readonly memberOf: MemberOfItem | undefined;
  readonly at: string;
  readonly ttl: number;
};

const groupsOf = (memberOf: MemberOfItem | undefined): string[] => [...(memberOf?.g ?? [])].map(fromBytes);

const edgesOf = ({ scope, resource }: Deletion, groups: readonly string[]) => {
  const groupType = scope.type.memberOf?.type ?? '';
  return groups.map((group) => memberKey(resourcePk(scope.directory, groupType, group), resource.id));
};

const tombstoneWrite = ({ scope, resource, exact, at, ttl }: Deletion): Write => ({
  key: resourceKey(scope.directory, scope.type.name, resource.id),
  update: {
    set: {
      ...stampOf(scope, at),
      v: resource.version + 1,
      gone: true,
      names: JSON.stringify(namesOf(scope.type, resource.attributes)),
      ttl,
    },
    remove: ['r', 'claims', 'lookups'],
  },
  condition: unchangedSince(resource, exact),
});

/**
 * @param together the edges are deleted in the same transaction, so the groups must not have changed since they were
 * read
 */
const memberOfTombstoneWrites = ({ scope, resource, memberOf, at, ttl }: Deletion, together: boolean): Write[] =>
  memberOf === undefined
    ? []
    : [
        {
          key: memberOfKey(scope.directory, scope.type.name, resource.id),
          update: { set: { ...stampOf(scope, at), gone: true, ttl }, add: { rev: 1 } },
          condition: together
            ? { expression: '#rev = :rev', values: { ':rev': memberOf.rev } }
            : { expression: 'attribute_exists(#pk)' },
        },
      ];

const indexDeletes = ({ scope: { directory, type }, resource }: Deletion): Write[] => {
  const { claims, lookups } = fromIndexed(resource.indexed);
  return [
    ...[...claims, ...lookups].map(deleteEntry),
    { key: listKey(directory, type.name, resource.id), delete: true },
    { key: createdKey(directory, type.name, resource), delete: true },
    { key: countKey(directory, type.name, resource.id), update: { add: { n: -1 } } },
  ];
};

/** The resource to delete, as it was read. */
type DeletionRequest = { readonly before: StoredResource; readonly exact: boolean };

/** @returns undefined if the resource has changed since `before` */
const readDeletion = async (
  table: Table,
  scope: WriteScope,
  { before, exact }: DeletionRequest,
): Promise<Deletion | undefined> => {
  const now = table.clock();
  const items = await table.query({
    pk: resourcePk(scope.directory, scope.type.name, before.id),
    from: MEMBEROF,
    to: RESOURCE,
  });
  const under = (sk: string) => items.find((item) => item.sk === sk);
  const resource = toStoredResource(under(RESOURCE), now);
  if (resource?.version !== before.version) return undefined;
  if (exact && resource.memberVersion !== before.memberVersion) return undefined;
  const ttl = Math.ceil(now / 1000) + TOMBSTONE_SECONDS;
  const memberOf = toMemberOf(under(MEMBEROF), now);
  return { scope, resource, exact, memberOf, at: new Date(now).toISOString(), ttl };
};

/** Markers for the cleanup that remains if this process dies. */
const markerWrites = ({ scope, resource, at }: Deletion, together: boolean): Write[] => {
  const marker = { scope, type: scope.type.name, id: resource.id, at };
  return [
    ...(scope.type.members === undefined
      ? []
      : [markerWrite({ ...marker, kind: 'group', groupType: scope.type.name })]),
    ...(together ? [] : [markerWrite({ ...marker, kind: 'member', groupType: scope.type.memberOf?.type ?? '' })]),
  ];
};

type DeletionOutcome = {
  readonly deletion: Deletion;
  /** Groups whose edges the transaction deleted; undefined: the edges remain. */
  readonly groups: readonly string[] | undefined;
};

/**
 * @returns undefined if the resource changed first; `'again'` if its memberships did, or surplus look-ups had to be
 * deleted first
 */
const deleteOnce = async (
  table: Table,
  deletion: Deletion,
  withEdges: boolean,
): Promise<DeletionOutcome | 'again' | undefined> => {
  const { scope, resource, at } = deletion;
  const groups = groupsOf(deletion.memberOf);
  const writesOf = (edges: readonly string[] | undefined): Write[] => [
    tombstoneWrite(deletion),
    ...memberOfTombstoneWrites(deletion, edges !== undefined),
    ...indexDeletes(deletion),
    ...edgesOf(deletion, edges ?? []).map((key): Write => ({ key, delete: true })),
    ...markerWrites(deletion, edges !== undefined),
  ];
  const complete = writesOf(groups);
  const together = withEdges && complete.length <= WRITES_AT_ONCE;
  const writes = together ? complete : writesOf(undefined);
  if (writes.length > WRITES_AT_ONCE) {
    const trimmed = await trimLookups(table, scope, resource);
    return trimmed === 'stale' ? undefined : 'again';
  }
  const refusals = await transact(table, writes, scope);
  const own = { v: resource.version + 1, at, gone: true } as const;
  if (refusals === undefined || isOwnWrite(refusals[0]?.item, scope, own))
    return { deletion, groups: together ? groups : undefined };
  return refusals[0] === undefined ? 'again' : undefined;
};

/** @returns undefined if the resource has changed since `before` */
const deleteWithRetries = async (
  table: Table,
  scope: WriteScope,
  request: DeletionRequest,
): Promise<DeletionOutcome | undefined> => {
  for (let attempt = 0; ; attempt++) {
    const deletion = await readDeletion(table, scope, request);
    if (deletion === undefined) return undefined;
    const outcome = await deleteOnce(table, deletion, attempt < ATTEMPTS_WITH_EDGES);
    if (outcome !== 'again') return outcome;
  }
};

const untilDeadline = async (cleanUp: () => Promise<unknown>): Promise<void> => {
  try {
    await cleanUp();
  } catch (error) {
    // The resource is deleted even if the cleanup fails, and a repeated request could only answer 404: leave it to the
    // sweeper.
    if (!(error instanceof ScimError)) throw error;
  }
};

const leaveGroups = async (table: Table, member: DeletedMember): Promise<void> => {
  if (!(await cleanUpMember(table, member))) return;
  const cleared = clearMarkerWrite({ ...member, kind: 'member', directory: member.scope.directory });
  await transact(table, [cleared], member.scope);
};

/** See `Store.delete`. */
export const deleteResource = async (
  table: Table,
  scope: WriteScope,
  request: DeletionRequest,
): Promise<'deleted' | 'stale'> => {
  const { id } = request.before;
  const outcome = await deleteWithRetries(table, scope, request);
  if (outcome === undefined) return 'stale';
  const { deletion } = outcome;
  const groupType = scope.type.memberOf?.type ?? '';
  const change = { scope, groupType, at: deletion.at };
  if (outcome.groups === undefined)
    await untilDeadline(() => leaveGroups(table, { ...change, type: scope.type.name, id }));
  else await inParallel(outcome.groups, (groupId) => countMemberChange(table, { ...change, groupId }));
  if (scope.type.members !== undefined)
    await untilDeadline(() => cleanUpGroup(table, { ...change, groupType: scope.type.name, groupId: id }));
  return 'deleted';
};
