/**
 * Creates a resource in one transaction without a read: its item, claims, look-ups, list entry and count. If it has
 * more members than fit, the memberships are written first, under the new id, while the resource is invisible.
 */

import { inParallel } from '../../common/parallel.ts';
import {
  type GroupReference,
  type JsonObject,
  type Member,
  own,
  type StoredResource,
  type WriteScope,
} from '../../scim/index.ts';
import { entriesOf, toIndexed, toStoredKeys } from '../items/index-entries.ts';
import { toStoredResource } from '../items/resource-item.ts';
import { countMemberChange, rollBackMembers } from '../members/change-members.ts';
import { type GroupChange, WRITES_PER_MEMBER, writesOf } from '../members/membership-writes.ts';
import { planMembership } from '../members/plan-membership.ts';
import type { Table } from '../table/calls.ts';
import { transact, WRITES_AT_ONCE } from '../table/transact.ts';
import type { Write } from '../table/write.ts';
import { createInSteps } from './create-large-group.ts';
import {
  conditionOf,
  itemOf,
  joinsOf,
  keyOf,
  type NewResource,
  resolveRefusal,
  retryOptionsOf,
  versionOf,
  visibleWrites,
} from './new-resource.ts';
import { prepareReuse } from './restore.ts';

export type CreateRequest = {
  readonly id: string;
  readonly attributes: JsonObject;
  readonly members: readonly Member[];
  readonly joins?: readonly string[];
  /** The caller chose the id. It may belong to a deleted resource, whose tombstone is then replaced. */
  readonly restored?: boolean | undefined;
};

const NO_STEPS = { steps: [] };

/** Counts the new member in the groups' versions, after the create. @returns the groups that still exist */
const countJoins = async (table: Table, draft: NewResource): Promise<GroupReference[]> => {
  const { id, change } = draft;
  const counted = await inParallel(joinsOf(draft), async (join): Promise<GroupReference[]> => {
    const group = toStoredResource(await countMemberChange(table, join), table.clock());
    if (group !== undefined) {
      const display = own(group.attributes, 'displayName');
      return [{ id: group.id, display: typeof display === 'string' ? display : undefined }];
    }
    await rollBackMembers(table, join, { done: [{ kind: 'add', id, type: change.scope.type.name }] });
    return [];
  });
  return counted.flat();
};

/** Everything that a resource without members writes: one transaction with its memberships, if that holds them all. */
const ownWrites = (draft: NewResource): Write[] =>
  visibleWrites(draft, { key: keyOf(draft), put: itemOf(draft), condition: conditionOf(draft) });

const createTogether = async (table: Table, draft: NewResource, members: readonly Member[]): Promise<NewResource> => {
  const { steps } =
    members.length === 0
      ? NO_STEPS
      : await planMembership(table, draft.change, { replace: false, add: members, remove: [] });
  const base = ownWrites(draft);
  const writes = [...base, ...writesOf(draft.change, steps)];
  const refusals = await transact(table, writes, retryOptionsOf(table, draft));
  if (refusals !== undefined) await resolveRefusal(table, draft, { refusals, steps, first: base.length });
  return draft;
};

/** See `Store.create`. */
export const createResource = async (
  table: Table,
  scope: WriteScope,
  { id, attributes, members, joins = [], restored }: CreateRequest,
): Promise<StoredResource & { readonly groups?: readonly GroupReference[] }> => {
  const at = new Date(table.clock()).toISOString();
  const change: GroupChange = { scope, groupType: scope.type.name, groupId: id, at };
  const entries = entriesOf({ scope, id, attributes });
  const tombstone = restored === true ? await prepareReuse(table, change) : undefined;
  const wanted: NewResource = { change, id, joins, entries, r: JSON.stringify(attributes), tombstone };
  const fits = ownWrites(wanted).length + WRITES_PER_MEMBER * members.length <= WRITES_AT_ONCE;
  const draft = await (fits ? createTogether : createInSteps)(table, wanted, members);
  const groups = await countJoins(table, draft);
  return {
    id: draft.id,
    attributes,
    version: versionOf(draft),
    memberVersion: 0,
    created: at,
    lastModified: at,
    indexed: toIndexed(toStoredKeys(draft.entries)),
    ...(joins.length === 0 ? {} : { groups }),
  };
};
