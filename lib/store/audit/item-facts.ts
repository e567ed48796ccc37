/**
 * Reads the facts that each item of the table states about others (docs/storage.md). Two items state each consistent
 * fact: the group's edge and the member state a membership, a claim and its owner state the claim. A fact stated by only
 * one is an orphan.
 */
import { type ResourceType, resourceTypesOf, uniquePaths } from '../../scim/index.ts';
import { CleanupMarker, isOverdue } from '../items/cleanup-marker.ts';
import { type Directory, parseDirectoryItem } from '../items/directory-item.ts';
import { entriesOf, toStoredKeys } from '../items/index-entries.ts';
import {
  ClaimItem,
  CountItem,
  fromBytes,
  MemberItem,
  MemberOfItem,
  parseAttributes,
  ResourceItem,
} from '../items/items.ts';
import { ownedKeys } from '../items/owned-keys.ts';
import {
  CLEANUP_PK,
  CURRENT_SHARD_KEY,
  countPk,
  DENIED_PK,
  DIRECTORIES_PK,
  deniedKey,
  directoryOf,
  isId,
  type Key,
  listKey,
  MEMBER_PREFIX,
  NAME_PREFIX,
  SWEEP_LEASE_KEY,
  shardKey,
  shardOf,
  tokensPk,
  USED_PREFIX,
} from '../table/keys.ts';
import { DIRECTORY, EXPIRING_PREFIX, MEMBEROF, RESOURCE } from '../table/names.ts';
import { parseDenials } from '../tokens/denied-tokens.ts';
import type { Place, Repair } from './repair.ts';

export type Item = Readonly<Record<string, unknown>> & Key;

/** The amounts of all facts about the same thing sum to 0 if the table is consistent. */
export type Fact = {
  readonly about: string;
  readonly amount: number;
  /** @param left the nonzero sum @returns undefined if that is no orphan */
  readonly describe: (left: number) => string | undefined;
  /** How to mend it; absent: only a person can. */
  readonly repair?: Repair;
};
export type Reading = {
  readonly kind: 'item' | 'tombstone' | 'toSweep';
  readonly facts: readonly Fact[];
  /** The nonexistent directory that the item belongs to. */
  readonly stray?: string;
  /** When the group's version was last counted, or the latest membership that it must have counted. */
  readonly counting?: Counting;
};
export type Counting = { readonly group: Place; readonly stamp?: string; readonly joined?: string };

/** The directories of the table, read before the scan. */
export type TableContext = {
  readonly directories: ReadonlyMap<string, Directory>;
  /** Ids of directories that have ever had a token. */
  readonly withTokens: ReadonlySet<string>;
  readonly now: number;
  /** Resources with a cleanup marker that is not overdue, as `textOf`: their memberships are still being removed. */
  readonly cleaning: ReadonlySet<string>;
};

/** A resource's partition during the scan. Its items arrive together and in order, MEMBEROF first, members last. */
type Partition = {
  readonly cleaning: ReadonlySet<string>;
  readonly place: Place;
  readonly type: ResourceType | undefined;
  memberOf?: true;
  resource?: 'live' | 'pending';
};

const shown = (text: string) => text.replace('\n', ' ').replaceAll('\u0001', '^A');
const keyOf = ({ pk, sk }: Item): Key => ({ pk, sk });
const nameOf = ({ pk, sk }: Item) => shown(`${pk} ${sk}`);
export const textOf = ({ directory, type, id }: Place) => `${directory} ${type} ${id}`;

/** @returns the resource whose memberships a marker covers; undefined for a damaged or overdue marker */
export const cleaningOf = (item: Item, now: number): string | undefined => {
  const { data } = CleanupMarker.safeParse(item);
  return data === undefined || isOverdue(data, now) ? undefined : textOf(data);
};
const wrong = (text: string, repair?: Repair): Fact => ({
  about: text,
  amount: 1,
  describe: () => text,
  ...(repair === undefined ? {} : { repair }),
});
const plain = (...facts: Fact[]): Reading => ({ kind: 'item', facts });
const unknown = (item: Item): Reading => plain(wrong(`unknown item: ${nameOf(item)}`));

/** A claim, lookup, list entry or sort entry: +1 from its owner, -1 from itself. */
const entry = ({ pk, sk }: Key, id: string, amount: 1 | -1): Fact => {
  const text = `${pk} ${sk} ${id}`;
  return {
    about: `entry ${text}`,
    amount,
    repair: { kind: 'entry', key: { pk, sk }, id },
    describe: (left) => `${left > 0 ? 'missing entry' : 'entry without owner'}: ${shown(text)}`,
  };
};
/** +1 from the group, -1 from the member. */
const membership = ([group, member]: readonly [Place, Place], amount: 1 | -1, { cleaning }: Partition): Fact => {
  const text = `${textOf(group)} has ${member.type} ${member.id}`;
  const isBeingRemoved = cleaning.has(textOf(group)) || cleaning.has(textOf(member));
  return {
    about: `membership ${text}`,
    amount,
    repair: { kind: 'membership', group, member },
    describe: (left) =>
      isBeingRemoved ? undefined : `membership stored only with the ${left > 0 ? 'group' : 'member'}: ${text}`,
  };
};
/** +1 from an unfinished create, -1 from its cleanup marker. */
const pending = (place: Place, amount: 1 | -1): Fact => ({
  about: `pending ${textOf(place)}`,
  amount,
  repair: { kind: 'pending', place },
  describe: (left) => (left > 0 ? `unfinished create without cleanup marker: ${textOf(place)}` : undefined),
});
const counted = (pk: string, shard: string, amount: number): Fact => ({
  about: `count ${pk} ${shard}`,
  amount,
  repair: { kind: 'count', key: { pk, sk: shard } },
  describe: (left) => `count off by ${left > 0 ? '+' : ''}${left}: ${pk} ${shard}`,
});
const listed = (directory: string, amount: 1 | -1): Fact => ({
  about: `directory ${directory}`,
  amount,
  repair: { kind: 'listed', directory },
  describe: (left) =>
    `${left > 0 ? 'directory missing from the list' : 'listed directory that does not exist'}: ${directory}`,
});

/** @returns a fact for each index entry that the attributes require and the resource does not have */
const missingEntries = (item: ResourceItem, { place, type }: Partition): Fact[] => {
  if (type === undefined) return [wrong(`unknown resource type: ${textOf(place)}`)];
  const scope = { directory: place.directory, type, unique: uniquePaths(type) };
  const attributes = parseAttributes(item.r ?? '');
  const { claims, lookups } = toStoredKeys(entriesOf({ scope, id: item.id, attributes }));
  const has = new Set([...(item.claims ?? []), ...(item.lookups ?? [])]);
  return [...claims, ...lookups]
    .filter((key) => !has.has(key))
    .map((key) => wrong(`resource without its index entry: ${textOf(place)}: ${shown(key)}`, { kind: 'index', place }));
};

const readResource = (found: Item, partition: Partition): Reading => {
  const item = ResourceItem.parse(found);
  const { place, type } = partition;
  const { directory, id } = place;
  if (item.gone)
    return plain(wrong(`tombstone without expiry: ${nameOf(found)}`, { kind: 'tombstone', key: keyOf(found) }));
  if (item.id !== id || item.type !== place.type) return plain(wrong(`stored under a wrong key: ${nameOf(found)}`));
  partition.resource = item.pending ? 'pending' : 'live';
  if (item.pending) return plain(pending(place, 1));
  const lacksMemberOf = type?.memberOf !== undefined && partition.memberOf === undefined;
  const reading = plain(
    ...[...ownedKeys(directory, item), listKey(directory, item.type, id)].map((key) => entry(key, id, 1)),
    counted(countPk(directory, item.type), id.slice(0, 2), -1),
    ...(lacksMemberOf ? [wrong(`resource without MEMBEROF: ${textOf(place)}`, { kind: 'memberOf', place })] : []),
    ...missingEntries(item, partition),
  );
  return type?.members === undefined ? reading : { ...reading, counting: { group: place, stamp: item.at } };
};

const readMemberOf = (found: Item, partition: Partition): Reading => {
  const item = MemberOfItem.parse(found);
  if (item.gone)
    return plain(wrong(`tombstone without expiry: ${nameOf(found)}`, { kind: 'tombstone', key: keyOf(found) }));
  partition.memberOf = true;
  const { place, type } = partition;
  const groups = [...(item.g ?? [])].map(fromBytes);
  const groupType = type?.memberOf?.type ?? '';
  const facts = groups.map((id) => membership([{ ...place, type: groupType, id }, place], -1, partition));
  // Its only change was to join this group, so the group has counted it since.
  const [only] = item.rev === 1 && groups.length === 1 ? groups : [];
  return only === undefined
    ? plain(...facts)
    : { ...plain(...facts), counting: { group: { ...place, type: groupType, id: only }, joined: item.at } };
};

const readMember = (found: Item, partition: Partition): Reading => {
  const { place, resource, cleaning } = partition;
  const { sk, type = '' } = MemberItem.parse(found);
  const id = sk.slice(MEMBER_PREFIX.length);
  if (!isId(id)) return unknown(found);
  const withoutGroup =
    resource === undefined && !cleaning.has(textOf(place))
      ? [
          wrong(`member of a nonexistent group: ${textOf(place)} has ${id}`, {
            kind: 'membership',
            group: place,
            member: { ...place, type, id },
          }),
        ]
      : [];
  return plain(membership([place, { ...place, type, id }], 1, partition), ...withoutGroup);
};

const readOfResource = (item: Item, partition: Partition): Reading => {
  if (item.sk === RESOURCE) return readResource(item, partition);
  if (item.sk === MEMBEROF) return readMemberOf(item, partition);
  return item.sk.startsWith(MEMBER_PREFIX) ? readMember(item, partition) : unknown(item);
};

/** Reads items of `acme#User`, `acme#User.count`, `acme#User.sort.userName`. */
const readShared = (item: Item, rest: string): Reading => {
  const { pk, sk } = item;
  if (!rest.includes('.')) return isId(sk) ? plain(entry(item, sk, -1)) : unknown(item);
  if (rest.endsWith('.count'))
    return /^[0-9a-f]{2}$/.test(sk) ? plain(counted(pk, sk, CountItem.parse(item).n)) : unknown(item);
  const isPlace = rest.includes('.sort.') && /^[=>]/.test(sk);
  return isPlace ? plain(entry(item, ClaimItem.parse(item).id, -1)) : unknown(item);
};
const readHashed = (item: Item): Reading =>
  item.sk === 'CLAIM' || isId(item.sk) ? plain(entry(item, ClaimItem.parse(item).id, -1)) : unknown(item);

const TOKEN_PREFIXES = [USED_PREFIX, EXPIRING_PREFIX, NAME_PREFIX];
const readToken = (item: Item, hasTokens: boolean): Reading => {
  if (!TOKEN_PREFIXES.some((prefix) => item.sk.startsWith(prefix))) return unknown(item);
  return hasTokens ? plain() : plain(wrong(`token item in a directory without tokens: ${nameOf(item)}`));
};
const readDirectory = (item: Item): Reading => {
  const { directory } = parseDirectoryItem(item);
  return plain(
    listed(item.pk, 1),
    ...(directory.id === item.pk ? [] : [wrong(`stored under a wrong key: ${nameOf(item)}`)]),
    ...(directory.status === 'deleting' ? [wrong(`unfinished deletion of directory: ${item.pk}`)] : []),
  );
};

const readSweep = (item: Item, now: number): Reading => {
  const marker = CleanupMarker.parse(item);
  const overdue = isOverdue(marker, now) ? [wrong(`overdue cleanup: ${item.sk}, since ${marker.at}`)] : [];
  return { kind: 'toSweep', facts: [...overdue, ...(marker.kind === 'pending' ? [pending(marker, -1)] : [])] };
};
const readOfNoDirectory = (item: Item): Reading => {
  if (item.pk === SWEEP_LEASE_KEY.pk) return item.sk === SWEEP_LEASE_KEY.sk ? plain() : unknown(item);
  const isShard = item.sk === CURRENT_SHARD_KEY.sk || item.sk === shardKey(shardOf(item.sk)).sk;
  return item.pk === CURRENT_SHARD_KEY.pk && isShard ? plain() : unknown(item);
};

/** +1 from the denied tokens of a directory, -1 from the note that their secrets are to be cleaned up. */
const denied = (directory: string, amount: 1 | -1): Fact => ({
  about: `denied ${directory}`,
  amount,
  repair: { kind: 'denied', directory },
  describe: (left) => (left > 0 ? `denied tokens that no clean-up will find: ${directory}` : undefined),
});
const readDenied = (item: Item): Reading => plain(...(parseDenials(item).size > 0 ? [denied(item.pk, 1)] : []));
/** The note of the clean-up outlives the directory whose tokens it is about. */
const readDenialWork = ({ sk }: Item): Reading => plain(...(sk === directoryOf(sk) ? [denied(sk, -1)] : []));

/** Sort keys in a directory's partition, other than its settings. */
const OF_DIRECTORY = new Set(['TOKENS', 'GUARD']);
const readBesideSettings = (item: Item): Reading => {
  if (item.sk === deniedKey(item.pk).sk) return readDenied(item);
  return OF_DIRECTORY.has(item.sk) ? plain() : unknown(item);
};

/** @returns the directory of an item, also for items outside the directory's own partitions */
export const ownerOf = ({ pk, sk }: Item): string => {
  if (pk === DIRECTORIES_PK) return sk;
  return directoryOf(pk === CLEANUP_PK || pk === DENIED_PK ? sk : pk);
};

const isTombstone = ({ gone, ttl }: Item, now: number) =>
  typeof ttl === 'number' && (gone === true || ttl * 1000 <= now);

/** Creates a reader of items in scan order: partition by partition, each in order of its sort keys. */
export const createReader = ({ directories, withTokens, now, cleaning }: TableContext) => {
  let current: { readonly pk: string; readonly partition: Partition } | undefined;

  /** Ends a partition: only then is it certain that a MEMBEROF has no resource. */
  const end = (): Fact[] => {
    const { memberOf, resource, place } = current?.partition ?? {};
    current = undefined;
    const isAlone = place !== undefined && memberOf === true && resource !== 'live';
    return isAlone ? [wrong(`MEMBEROF without resource: ${textOf(place)}`, { kind: 'memberOf', place })] : [];
  };

  const partitionOf = (pk: string, place: Place): Partition => {
    const settings = directories.get(place.directory);
    const type = settings && resourceTypesOf(settings).find(({ name }) => name === place.type);
    current = current?.pk === pk ? current : { pk, partition: { cleaning, place, type } };
    return current.partition;
  };

  /** Reads items of `acme#User#<id>` or `acme#User.emails.value#<hash>`. */
  const readNamed = (item: Item, place: Place): Reading => {
    if (place.type.includes('.')) return readHashed(item);
    return isId(place.id) ? readOfResource(item, partitionOf(item.pk, place)) : unknown(item);
  };
  const readOfDirectory = (item: Item, directory: string): Reading => {
    const [, type, id, ...more] = item.pk.split('#');
    if (more.length > 0) return unknown(item);
    if (type === undefined) return readBesideSettings(item);
    if (item.pk === tokensPk(directory)) return readToken(item, withTokens.has(directory));
    return id === undefined ? readShared(item, type) : readNamed(item, { directory, type, id });
  };

  const readOwned = (item: Item, directory: string): Reading => {
    const settings = directories.get(directory);
    if (settings === undefined) return { kind: 'item', facts: [], stray: directory };
    if (item.pk === CLEANUP_PK) return readSweep(item, now);
    return settings.status === 'deleting' ? plain() : readOfDirectory(item, directory);
  };
  const readLive = (item: Item): Reading => {
    const directory = ownerOf(item);
    if (directory === '') return readOfNoDirectory(item);
    if (item.pk === DIRECTORIES_PK) return plain(listed(directory, -1));
    if (item.pk === DENIED_PK) return readDenialWork(item);
    if (item.pk === directory && item.sk === DIRECTORY) return readDirectory(item);
    return readOwned(item, directory);
  };

  const readOne = (item: Item): Reading => {
    if (isTombstone(item, now)) return { kind: 'tombstone', facts: [] };
    try {
      return readLive(item);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return plain(wrong(`invalid item: ${nameOf(item)}: ${error.message.replaceAll(/\s+/g, ' ')}`));
    }
  };

  return {
    read: (item: Item): Reading => {
      const ended = current !== undefined && current.pk !== item.pk ? end() : [];
      const { facts, ...reading } = readOne(item);
      return { ...reading, facts: [...ended, ...facts] };
    },
    end,
  };
};
