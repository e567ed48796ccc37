/**
 * Judges a finding again by consistent reads, and plans how to mend it: one transaction whose conditions fail if a live
 * writer has changed what was read. A resource's entries are written with a step of its `i`, as the store itself does, so
 * an update that was computed before is refused and computed again. Of a membership stored on one side only the group's
 * side holds, because clients write groups.
 */
import {
  type ResourceType,
  resourceTypesOf,
  type StoredResource,
  uniquePaths,
  type WriteScope,
} from '../../scim/index.ts';
import { markerWrite } from '../items/cleanup-marker.ts';
import type { Directory } from '../items/directory-item.ts';
import { entriesOf, fromIndexed, indexWrites, toStoredKeys } from '../items/index-entries.ts';
import { CountItem, ITEM_FORMAT, isLive, MemberOfItem, ResourceItem, toBytes } from '../items/items.ts';
import { ownedKeys } from '../items/owned-keys.ts';
import { PRESENT, stampOf, toMember, toStoredResource, unchangedSince } from '../items/resource-item.ts';
import { edgeKey, isMemberOf, writesOf } from '../members/membership-writes.ts';
import type { Item, Table } from '../table/calls.ts';
import {
  cleanupMarkerKey,
  denialWorkKey,
  deniedKey,
  directoryKey,
  directoryListKey,
  directoryOf,
  type Key,
  listKey,
  listPk,
  memberOfKey,
  resourceKey,
  toKeyText,
} from '../table/keys.ts';
import { WRITES_AT_ONCE } from '../table/transact.ts';
import type { Condition, Write } from '../table/write.ts';
import { parseDenials } from '../tokens/denied-tokens.ts';
import type { Place, Repair } from './repair.ts';

/** `fine`: nothing is wrong, or not any more. `reason`: why it cannot be mended. */
export type Plan = 'fine' | { readonly reason: string } | { readonly transactions: readonly (readonly Write[])[] };
export type RepairContext = {
  readonly table: Table;
  readonly directories: ReadonlyMap<string, Directory>;
};

const ABSENT: Condition = { expression: 'attribute_not_exists(#pk)' };
const EXISTS: Condition = { expression: 'attribute_exists(#pk)' };
const TOMBSTONE_SECONDS = 24 * 60 * 60;
const BY = { actor: { kind: 'system' }, reason: 'change' } as const;

const now = (table: Table) => new Date(table.clock()).toISOString();
const once = (...writes: readonly Write[]): Plan => ({ transactions: [writes] });
const check = (key: Key, condition: Condition): Write => ({ key, check: true, condition });
const keyOfPlace = ({ directory, type, id }: Place) => resourceKey(directory, type, id);

const typeOf = ({ directories }: RepairContext, { directory, type }: Place): ResourceType | undefined => {
  const settings = directories.get(directory);
  return settings && resourceTypesOf(settings).find(({ name }) => name === type);
};
const scopeOf = (directory: string, type: ResourceType): WriteScope => ({
  directory,
  type,
  ...BY,
  unique: uniquePaths(type),
  deadline: Number.POSITIVE_INFINITY,
});

/** The resource of an entry: `acme#User`, `acme#User.sort.userName`, `acme#User.emails.value#<hash>`. */
const ownerOfEntry = ({ pk }: Key, id: string): Place => {
  const [directory = '', rest = ''] = pk.split('#');
  return { directory, type: rest.split('.', 1).join(''), id };
};

/** Condition: the item of a resource that is not visible is as it was read. */
const unseen = (item: Item | undefined): Condition => {
  const { data } = ResourceItem.safeParse(item);
  if (data === undefined) return ABSENT;
  const mark = data.gone === true ? '#gone' : '#pending';
  return { expression: `attribute_exists(${mark}) AND #v = :v`, values: { ':v': data.v } };
};

const keysOf = (directory: string, item: Item | undefined): readonly string[] => {
  const { data } = ResourceItem.safeParse(item);
  if (data === undefined || data.gone === true || data.pending === true) return [];
  return [...ownedKeys(directory, data), listKey(directory, data.type, data.id)].map(toKeyText);
};

/** A step of `i`, which refuses updates that were computed before. */
const step = (place: Place, before: StoredResource, set: Item = {}): Write => ({
  key: keyOfPlace(place),
  update: { set, add: { i: 1 } },
  condition: unchangedSince(before, false),
});

const planEntry = async ({ table }: RepairContext, key: Key, id: string): Promise<Plan> => {
  const place = ownerOfEntry(key, id);
  const items = await table.getAll([key, keyOfPlace(place)]);
  const [entry, item] = [items.get(key), items.get(keyOfPlace(place))];
  const isOwned = keysOf(place.directory, item).includes(toKeyText(key));
  const isList = key.pk === listPk(place.directory, place.type);
  const isHeld = entry !== undefined && (isList || entry.id === id);
  if (isHeld === isOwned) return 'fine';
  const before = toStoredResource(item, table.clock());
  const guard = before === undefined ? check(keyOfPlace(place), unseen(item)) : step(place, before);
  const sameId: Condition = { expression: '#id = :id', values: { ':id': id } };
  if (isHeld) return once(guard, { key, delete: true, ...(isList ? {} : { condition: sameId }) });
  if (entry !== undefined) return { reason: `another resource, ${entry.id}, holds the value` };
  return once(guard, { key, put: isList ? {} : { id }, condition: ABSENT });
};

const planIndex = async (context: RepairContext, place: Place): Promise<Plan> => {
  const { table } = context;
  const type = typeOf(context, place);
  const before = toStoredResource(await table.get(keyOfPlace(place)), table.clock());
  if (type === undefined || before === undefined) return 'fine';
  const entries = entriesOf({ scope: scopeOf(place.directory, type), id: place.id, attributes: before.attributes });
  const { writes, gained } = indexWrites(place.id, fromIndexed(before.indexed), entries);
  if (writes.length === 0) return 'fine';
  if (writes.length >= WRITES_AT_ONCE) return { reason: `it needs ${writes.length} entries at once` };
  const held = await table.getAll(gained.map(({ key }) => key));
  const taken = gained.find(({ key }) => {
    const holder = held.get(key);
    return holder !== undefined && holder.id !== place.id;
  });
  if (taken !== undefined) return { reason: `another resource has its ${taken.path}` };
  return once(step(place, before, toStoredKeys(entries)), ...writes);
};

/** Both halves of a membership, the group, and the notes of a cleanup that will remove them. */
const readMembership = async (table: Table, group: Place, member: Place) => {
  const change = {
    scope: { directory: group.directory, ...BY, deadline: Number.POSITIVE_INFINITY },
    groupType: group.type,
    groupId: group.id,
    at: now(table),
  };
  const keys = {
    edge: edgeKey(change, member.id),
    memberOf: memberOfKey(member.directory, member.type, member.id),
    group: keyOfPlace(group),
  };
  const markers = [
    ...['group', 'pending'].map((kind) => cleanupMarkerKey(group.directory, group.type, { id: group.id, kind })),
    cleanupMarkerKey(member.directory, member.type, { id: member.id, kind: 'member' }),
  ];
  const items = await table.getAll([...Object.values(keys), ...markers]);
  const { data } = MemberOfItem.safeParse(items.get(keys.memberOf));
  const memberOf = data !== undefined && isLive(data, table.clock()) ? data : undefined;
  return {
    change,
    keys,
    edge: items.get(keys.edge),
    memberOf,
    states: memberOf !== undefined && isMemberOf(memberOf, group.id),
    wasDeleted: data !== undefined,
    group: items.get(keys.group),
    isBeingCleaned: markers.some((key) => items.get(key) !== undefined),
    /** A cleanup or a creation may begin after the reads, which are not one moment: then nothing is written. */
    isAtRest: markers.map((key) => check(key, ABSENT)),
  };
};
type Membership = Awaited<ReturnType<typeof readMembership>>;

const leave = ({ change, keys }: Membership): Write => ({
  key: keys.memberOf,
  update: {
    set: stampOf(BY, change.at),
    deleteFromSet: { g: new Set([toBytes(change.groupId)]) },
    add: { rev: 1 },
  },
  condition: { expression: 'contains(#g, :group)', values: { ':group': toBytes(change.groupId) } },
});

/** The group exists: its side holds, unless the member is gone. Then the group's version counts the change. */
const planOfGroup = (found: Membership, member: Place): Plan => {
  const { change, keys, edge, memberOf, wasDeleted, isAtRest } = found;
  if (edge === undefined) return once(...isAtRest, check(keys.edge, ABSENT), leave(found));
  if (memberOf === undefined) {
    const isGone: Condition = wasDeleted ? { expression: 'attribute_exists(#gone)' } : ABSENT;
    const counted = { set: stampOf(BY, change.at), add: { m: 1 } };
    return once(
      ...isAtRest,
      check(keys.memberOf, isGone),
      { key: keys.edge, delete: true, condition: EXISTS },
      { key: keys.group, update: counted, condition: { expression: PRESENT } },
    );
  }
  const [, join] = writesOf(change, [{ kind: 'add', ...toMember(edge), type: member.type }]);
  return join === undefined ? 'fine' : once(...isAtRest, check(keys.edge, EXISTS), join);
};

const planMembership = async ({ table }: RepairContext, group: Place, member: Place): Promise<Plan> => {
  const found = await readMembership(table, group, member);
  const { keys, edge, states, isBeingCleaned, isAtRest } = found;
  const isWhole = (edge !== undefined) === states;
  if (isBeingCleaned || (isWhole && edge === undefined)) return 'fine';
  if (toStoredResource(found.group, table.clock()) !== undefined) return isWhole ? 'fine' : planOfGroup(found, member);
  return once(
    ...isAtRest,
    check(keys.group, unseen(found.group)),
    ...(edge === undefined ? [] : [{ key: keys.edge, delete: true } as const]),
    ...(states ? [leave(found)] : []),
  );
};

const planMemberOf = async (context: RepairContext, place: Place): Promise<Plan> => {
  const { table } = context;
  const key = memberOfKey(place.directory, place.type, place.id);
  const items = await table.getAll([key, keyOfPlace(place)]);
  const [item, owner] = [items.get(key), items.get(keyOfPlace(place))];
  const isVisible = toStoredResource(owner, table.clock()) !== undefined;
  const { data } = MemberOfItem.safeParse(item);
  const stands = data !== undefined && isLive(data, table.clock());
  if (isVisible === stands) return 'fine';
  if (typeOf(context, place)?.memberOf === undefined) return { reason: 'its resource type has no groups' };
  if (isVisible) {
    const empty = { ...stampOf(BY, now(table)), id: place.id, type: place.type, rev: 0 };
    return once(check(keyOfPlace(place), { expression: PRESENT }), { key, put: empty, condition: ABSENT });
  }
  if (data === undefined) return 'fine';
  const same: Condition = { expression: '#rev = :rev', values: { ':rev': data.rev } };
  return once(check(keyOfPlace(place), unseen(owner)), { key, delete: true, condition: same });
};

const planMemberVersion = async ({ table }: RepairContext, group: Place, joined: string): Promise<Plan> => {
  const key = keyOfPlace(group);
  const found = toStoredResource(await table.get(key), table.clock());
  if (found === undefined || found.lastModified >= joined) return 'fine';
  return once({
    key,
    update: { set: { at: now(table) }, add: { m: 1 } },
    condition: { expression: `${PRESENT} AND #m = :before`, values: { ':before': found.memberVersion } },
  });
};

const MEASURES = 3;
/** Counts the list entries between two reads of the count, until nothing has changed meanwhile. */
const planCount = async ({ table }: RepairContext, key: Key): Promise<Plan> => {
  const range = { pk: key.pk.replace(/\.count$/, ''), from: key.sk, to: `${key.sk}~` };
  const read = async () => {
    const item = await table.get(key);
    return item === undefined ? undefined : CountItem.parse(item).n;
  };
  for (let turn = 0; turn < MEASURES; turn++) {
    const before = await read();
    const [first, second] = [(await table.query(range)).length, (await table.query(range)).length];
    if (before !== (await read()) || first !== second) continue;
    if ((before ?? 0) === first) return 'fine';
    const condition: Condition =
      before === undefined ? ABSENT : { expression: '#n = :before', values: { ':before': before } };
    return once({ key, update: { add: { n: first - (before ?? 0) } }, condition });
  }
  // Live writers keep it moving. The next run finds it if it is wrong.
  return 'fine';
};

const planPending = async (context: RepairContext, place: Place): Promise<Plan> => {
  const { table } = context;
  const { data } = ResourceItem.safeParse(await table.get(keyOfPlace(place)));
  if (data?.pending !== true || data.gone === true) return 'fine';
  const scope = { directory: place.directory, actor: data.by, reason: data.reason };
  const marker = markerWrite({
    scope,
    kind: 'pending',
    type: place.type,
    id: place.id,
    groupType: place.type,
    at: data.at,
  });
  if ((await table.get(marker.key)) !== undefined) return 'fine';
  const stillPending: Condition = {
    expression: 'attribute_exists(#pending) AND #at = :at',
    values: { ':at': data.at },
  };
  return once(check(keyOfPlace(place), stillPending), { ...marker, condition: ABSENT });
};

const planTombstone = async ({ table }: RepairContext, key: Key): Promise<Plan> => {
  const item = await table.get(key);
  if (item?.gone !== true || item.ttl !== undefined) return 'fine';
  const ttl = Math.ceil(table.clock() / 1000) + TOMBSTONE_SECONDS;
  const unexpiring: Condition = { expression: 'attribute_exists(#gone) AND attribute_not_exists(#ttl)' };
  return once({ key, update: { set: { ttl } }, condition: unexpiring });
};

const planListed = async ({ table }: RepairContext, directory: string): Promise<Plan> => {
  const [own, listed] = [directoryKey(directory), directoryListKey(directory)];
  const items = await table.getAll([own, listed]);
  const exists = items.get(own) !== undefined;
  if (exists === (items.get(listed) !== undefined)) return 'fine';
  return exists
    ? once(check(own, EXISTS), { key: listed, put: { s: ITEM_FORMAT }, condition: ABSENT })
    : once(check(own, ABSENT), { key: listed, delete: true });
};

const planDenied = async ({ table }: RepairContext, directory: string): Promise<Plan> => {
  const work = denialWorkKey(directory);
  const items = await table.getAll([deniedKey(directory), work]);
  if (parseDenials(items.get(deniedKey(directory))).size === 0 || items.get(work) !== undefined) return 'fine';
  return once(check(deniedKey(directory), EXISTS), { key: work, put: { s: ITEM_FORMAT } });
};

const planStray = async ({ table }: RepairContext, directory: string, keys: readonly Key[]): Promise<Plan> => {
  const own = directoryKey(directoryOf(directory));
  const found = await table.getAll([own, ...keys]);
  const left = keys.filter((key) => found.get(key) !== undefined);
  if (found.get(own) !== undefined || left.length === 0) return 'fine';
  const size = WRITES_AT_ONCE - 1;
  const chunks = Array.from({ length: Math.ceil(left.length / size) }, (_, i) => left.slice(i * size, (i + 1) * size));
  return {
    transactions: chunks.map((chunk) => [check(own, ABSENT), ...chunk.map((key): Write => ({ key, delete: true }))]),
  };
};

/** @throws unavailable() */
export const planRepair = (context: RepairContext, repair: Repair): Promise<Plan> => {
  switch (repair.kind) {
    case 'entry':
      return planEntry(context, repair.key, repair.id);
    case 'index':
      return planIndex(context, repair.place);
    case 'membership':
      return planMembership(context, repair.group, repair.member);
    case 'memberOf':
      return planMemberOf(context, repair.place);
    case 'memberVersion':
      return planMemberVersion(context, repair.group, repair.joined);
    case 'count':
      return planCount(context, repair.key);
    case 'pending':
      return planPending(context, repair.place);
    case 'tombstone':
      return planTombstone(context, repair.key);
    case 'listed':
      return planListed(context, repair.directory);
    case 'denied':
      return planDenied(context, repair.directory);
    case 'stray':
      return planStray(context, repair.directory, repair.keys);
  }
};
