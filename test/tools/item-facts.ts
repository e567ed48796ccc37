/**
 * What each item of the table says of others (docs/storage.md). Whatever is right is said by two items, from either side:
 * a membership by the group's edge and by its member, a claim by itself and by its owner. What only one says is an orphan.
 */
import { type ResourceType, resourceTypesOf, uniquePaths } from '../../lib/scim/index.ts';
import { CleanupMarker, isOverdue } from '../../lib/store/items/cleanup-marker.ts';
import { type Directory, parseDirectoryItem } from '../../lib/store/items/directory-item.ts';
import { entriesOf, toStoredKeys } from '../../lib/store/items/index-entries.ts';
import {
  ClaimItem,
  CountItem,
  fromBytes,
  MemberItem,
  MemberOfItem,
  parseAttributes,
  ResourceItem,
} from '../../lib/store/items/items.ts';
import { ownedKeys } from '../../lib/store/items/owned-keys.ts';
import {
  CLEANUP_PK,
  CURRENT_SHARD_KEY,
  countPk,
  DIRECTORIES_PK,
  directoryOf,
  isId,
  type Key,
  listKey,
  MEMBER_PREFIX,
  tokensPk,
  USED_PREFIX,
} from '../../lib/store/table/keys.ts';
import { DIRECTORY, EXPIRING_PREFIX, MEMBEROF, RESOURCE } from '../../lib/store/table/names.ts';

export type Item = Readonly<Record<string, unknown>> & Key;

/** The amounts of all facts about one thing add up to 0, or something is wrong. */
export type Fact = {
  readonly about: string;
  readonly amount: number;
  /** @param left what remains of the sum @returns undefined when that is right */
  readonly say: (left: number) => string | undefined;
};
export type Reading = {
  readonly kind: 'item' | 'tombstone' | 'toSweep';
  readonly facts: readonly Fact[];
  /** The directory of an item that belongs to none. */
  readonly stray?: string;
};

/** What is known of the table before it is scanned. */
export type Known = {
  readonly directories: ReadonlyMap<string, Directory>;
  /** Directories that ever had a token. */
  readonly withTokens: ReadonlySet<string>;
  readonly now: number;
};
type Place = { readonly directory: string; readonly type: string; readonly id: string };
/** A resource's partition while it is read: its items come together and in order, MEMBEROF first, members last. */
type Partition = {
  readonly place: Place;
  readonly type: ResourceType | undefined;
  memberOf?: true;
  resource?: 'live' | 'pending';
};

const shown = (text: string) => text.replace('\n', ' ').replaceAll('\u0001', '^A');
const nameOf = ({ pk, sk }: Item) => shown(`${pk} ${sk}`);
const textOf = ({ directory, type, id }: Place) => `${directory} ${type} ${id}`;
const wrong = (text: string): Fact => ({ about: text, amount: 1, say: () => text });
const plain = (...facts: Fact[]): Reading => ({ kind: 'item', facts });
const unknown = (item: Item): Reading => plain(wrong(`of no known kind: ${nameOf(item)}`));

/** A claim, a look-up, a place in a list or an order: +1 by its owner, -1 by itself. */
const entry = ({ pk, sk }: Key, id: string, amount: 1 | -1): Fact => {
  const text = `${pk} ${sk} ${id}`;
  return { about: `entry ${text}`, amount, say: (left) => `${left > 0 ? 'missing' : 'of nobody'}: ${shown(text)}` };
};
/** +1 by the group's side, -1 by the member's. */
const membership = (group: Place, member: { type: string; id: string }, amount: 1 | -1): Fact => {
  const text = `${textOf(group)} has ${member.type} ${member.id}`;
  return {
    about: `membership ${text}`,
    amount,
    say: (left) => `membership that only the ${left > 0 ? 'group' : 'member'} knows: ${text}`,
  };
};
/** +1 by what is on its way, -1 by the word that somebody will sweep it. */
const pending = (place: Place, amount: 1 | -1): Fact => ({
  about: `pending ${textOf(place)}`,
  amount,
  say: (left) => (left > 0 ? `never came, and nobody will sweep it: ${textOf(place)}` : undefined),
});
const counted = (pk: string, shard: string, amount: number): Fact => ({
  about: `count ${pk} ${shard}`,
  amount,
  say: (left) => `count that is wrong by ${left > 0 ? '+' : ''}${left}: ${pk} ${shard}`,
});
const listed = (directory: string, amount: 1 | -1): Fact => ({
  about: `directory ${directory}`,
  amount,
  say: (left) => `directory ${left > 0 ? 'that is in no list' : 'of the list that is not there'}: ${directory}`,
});

/** What the attributes ask for must be among what the resource says that it has. */
const lackingEntries = (item: ResourceItem, { place, type }: Partition): Fact[] => {
  if (type === undefined) return [wrong(`of no resource type of its directory: ${textOf(place)}`)];
  const scope = { directory: place.directory, type, unique: uniquePaths(type) };
  const attributes = parseAttributes(item.r ?? '');
  const { claims, lookups } = toStoredKeys(entriesOf({ scope, id: item.id, attributes }));
  const has = new Set([...(item.claims ?? []), ...(item.lookups ?? [])]);
  return [...claims, ...lookups]
    .filter((key) => !has.has(key))
    .map((key) => wrong(`does not know what it should have: ${textOf(place)}: ${shown(key)}`));
};

const readResource = (found: Item, partition: Partition): Reading => {
  const item = ResourceItem.parse(found);
  const { place, type } = partition;
  const { directory, id } = place;
  if (item.gone) return plain(wrong(`tombstone for ever: ${nameOf(found)}`));
  if (item.id !== id || item.type !== place.type) return plain(wrong(`under a key of another: ${nameOf(found)}`));
  partition.resource = item.pending ? 'pending' : 'live';
  if (item.pending) return plain(pending(place, 1));
  const lacksMemberOf = type?.memberOf !== undefined && partition.memberOf === undefined;
  return plain(
    ...[...ownedKeys(directory, item), listKey(directory, item.type, id)].map((key) => entry(key, id, 1)),
    counted(countPk(directory, item.type), id.slice(0, 2), -1),
    ...(lacksMemberOf ? [wrong(`resource without its MEMBEROF: ${textOf(place)}`)] : []),
    ...lackingEntries(item, partition),
  );
};

const readMemberOf = (found: Item, partition: Partition): Reading => {
  const item = MemberOfItem.parse(found);
  if (item.gone) return plain(wrong(`tombstone for ever: ${nameOf(found)}`));
  partition.memberOf = true;
  const { place, type } = partition;
  const groups = [...(item.g ?? [])].map(fromBytes);
  return plain(...groups.map((id) => membership({ ...place, type: type?.memberOf?.type ?? '', id }, place, -1)));
};

const readMember = (found: Item, { place, resource }: Partition): Reading => {
  const { sk, type = '' } = MemberItem.parse(found);
  const id = sk.slice(MEMBER_PREFIX.length);
  if (!isId(id)) return unknown(found);
  const ofNobody = resource === undefined ? [wrong(`member of what is not there: ${textOf(place)} has ${id}`)] : [];
  return plain(membership(place, { type, id }, 1), ...ofNobody);
};

const readOfResource = (item: Item, partition: Partition): Reading => {
  if (item.sk === RESOURCE) return readResource(item, partition);
  if (item.sk === MEMBEROF) return readMemberOf(item, partition);
  return item.sk.startsWith(MEMBER_PREFIX) ? readMember(item, partition) : unknown(item);
};

/** Of `acme#User`, `acme#User.count`, `acme#User.sort.userName`. */
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

const readToken = (item: Item, hasTokens: boolean): Reading => {
  if (!item.sk.startsWith(USED_PREFIX) && !item.sk.startsWith(EXPIRING_PREFIX)) return unknown(item);
  return hasTokens ? plain() : plain(wrong(`of a token where there never was one: ${nameOf(item)}`));
};
const readDirectory = (item: Item): Reading => {
  const { directory } = parseDirectoryItem(item);
  return plain(
    listed(item.pk, 1),
    ...(directory.id === item.pk ? [] : [wrong(`under a key of another: ${nameOf(item)}`)]),
    ...(directory.status === 'deleting' ? [wrong(`deletion that has not come to its end: ${item.pk}`)] : []),
  );
};

const readSweep = (item: Item, now: number): Reading => {
  const left = CleanupMarker.parse(item);
  const late = isOverdue(left, now) ? [wrong(`should have been swept: ${item.sk}, of ${left.at}`)] : [];
  return { kind: 'toSweep', facts: [...late, ...(left.kind === 'pending' ? [pending(left, -1)] : [])] };
};
const readOfNoDirectory = (item: Item): Reading =>
  item.pk === CURRENT_SHARD_KEY.pk && item.sk === CURRENT_SHARD_KEY.sk ? plain() : unknown(item);

/** Beside its settings. */
const OF_DIRECTORY = new Set(['TOKENS', 'GUARD']);

/** The directory of an item that is kept outside of it too. */
export const ownerOf = ({ pk, sk }: Item): string => {
  if (pk === DIRECTORIES_PK) return sk;
  return directoryOf(pk === CLEANUP_PK ? sk : pk);
};

const isTombstone = ({ gone, ttl }: Item, now: number) =>
  typeof ttl === 'number' && (gone === true || ttl * 1000 <= now);

/** @returns reads items in the order of a scan: partition by partition, each in the order of its sort keys */
export const createReader = ({ directories, withTokens, now }: Known) => {
  let current: { readonly pk: string; readonly partition: Partition } | undefined;

  /** A membership item of who is not there is known only when the whole partition was read. */
  const end = (): Fact[] => {
    const { memberOf, resource, place } = current?.partition ?? {};
    current = undefined;
    const isAlone = place !== undefined && memberOf === true && resource !== 'live';
    return isAlone ? [wrong(`MEMBEROF without its resource: ${textOf(place)}`)] : [];
  };

  const partitionOf = (pk: string, place: Place): Partition => {
    const settings = directories.get(place.directory);
    const type = settings && resourceTypesOf(settings).find(({ name }) => name === place.type);
    current = current?.pk === pk ? current : { pk, partition: { place, type } };
    return current.partition;
  };

  /** Of `acme#User#<id>` or `acme#User.emails.value#<hash>`. */
  const readNamed = (item: Item, place: Place): Reading => {
    if (place.type.includes('.')) return readHashed(item);
    return isId(place.id) ? readOfResource(item, partitionOf(item.pk, place)) : unknown(item);
  };
  const readOfDirectory = (item: Item, directory: string): Reading => {
    const [, type, id, ...more] = item.pk.split('#');
    if (more.length > 0) return unknown(item);
    if (type === undefined) return OF_DIRECTORY.has(item.sk) ? plain() : unknown(item);
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
    if (item.pk === directory && item.sk === DIRECTORY) return readDirectory(item);
    return readOwned(item, directory);
  };

  const readOne = (item: Item): Reading => {
    if (isTombstone(item, now)) return { kind: 'tombstone', facts: [] };
    try {
      return readLive(item);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return plain(wrong(`damaged: ${nameOf(item)}: ${error.message.replaceAll(/\s+/g, ' ')}`));
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
