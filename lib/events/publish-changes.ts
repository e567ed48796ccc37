/** Publishes the records of a stream batch as events, in order, up to the first one that an outage stops. */
import type { JsonObject, ResourceType } from '../scim/index.ts';
import { type Context, changedGroup, lacksName, namedResources, toLifecycleEvent } from './lifecycle-event.ts';
import { type Change, type Occurrence, toOccurrences } from './occurrence.ts';
import type { Publish, PublishOptions } from './publish.ts';
import { isUnreadable } from './unreadable.ts';

type Directory = {
  readonly tenant?: string | undefined;
  readonly identityProvider?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
};
type ResourceReference = { readonly type: string; readonly id: string };
type Now = {
  readonly attributes: JsonObject;
  /** ISO 8601, time of the last change of attributes or members. */
  readonly lastModified: string;
  readonly version: number;
  readonly memberVersion: number;
  /** Whether clients see the resource: it is neither deleted nor still being created. */
  readonly isVisible: boolean;
};
export type ChangeSources<Record, Found extends Directory> = {
  /** Resource types of a directory; for a directory that no longer exists, the types that every directory has. */
  readonly resourceTypesOf: (directory: Found | undefined) => readonly ResourceType[];
  /** @throws if the record is unreadable, which a retry does not change */
  readonly readChange: (record: Record) => Change;
  /** The directory as events show it, undefined if it does not exist. */
  readonly readDirectory: (id: string) => Promise<Found | undefined>;
  /** Current resources by `<type>/<id>`. Deleted ones have their names alone, for as long as these are kept. */
  readonly readNow: (directory: string, references: readonly ResourceReference[]) => Promise<ReadonlyMap<string, Now>>;
  /** Raises the version of groups whose version does not reflect a change of their members yet. */
  readonly countMemberChanges: (
    directory: string,
    groups: readonly (ResourceReference & Pick<Now, 'memberVersion'>)[],
  ) => Promise<void>;
  /** Size above which an event has no values of attributes. @default 256 KB */
  readonly limitBytes?: number | undefined;
  /** Receives the number of events that lack a name, because it was deleted too long ago. @default ignored */
  readonly reportUnknownNames?: (events: number) => void;
  readonly publish: Publish;
};
type PublishedChanges = {
  /** Counts from the first record on. The records before it are published, apart from those in `poison`. */
  readonly published: number;
  /**
   * Records before `published`, in order, that fail at every attempt because of themselves: unreadable, or EventBridge
   * refuses an event of theirs. Other events of such a record are published.
   */
  readonly poison: readonly { readonly record: number; readonly reason: unknown }[];
  /** Why the record at `published` is not published. It may be later. */
  readonly outage?: { readonly reason: unknown };
};
export type PublishChanges<Record> = (
  records: readonly Record[],
  options?: PublishOptions,
) => Promise<PublishedChanges>;

type Occurrences = readonly Occurrence[];
/** `record` is an index in the batch. */
type ReadRecord = { readonly record: number; readonly occurrences: Occurrences };
type OutgoingEvent = ReadRecord & { readonly named: readonly ResourceReference[] };
/** Reasons by index of the record. */
type Poison = Map<number, unknown>;

const directoryOf = (occurrence: Occurrence) =>
  occurrence.kind === 'member' ? occurrence.member.directory : occurrence.after.directory;

/** Maps the records that the function accepts, and notes those for which it throws. */
const mapEach = <Given extends { readonly record: number }, One>(
  all: readonly Given[],
  poison: Poison,
  map: (one: Given) => readonly One[],
): readonly One[] =>
  all.flatMap((one) => {
    try {
      return map(one);
    } catch (reason) {
      if (!poison.has(one.record)) poison.set(one.record, reason);
      return [];
    }
  });

/** @throws Error at the deadline; the work itself continues unheeded */
const inTime = async <Result>(work: Promise<Result>, deadline: number): Promise<Result> => {
  if (!Number.isFinite(deadline)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('out of time: the table does not respond')), deadline - Date.now());
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

/** Groups older than a change of their members, because the writer of the change died before it counted it. */
const uncountedGroups = (
  changed: readonly (ResourceReference & { readonly at: string })[],
  now: ReadonlyMap<string, Now>,
) => {
  const uncounted = changed.flatMap(({ type, id, at }) => {
    const group = now.get(`${type}/${id}`);
    return group === undefined || !group.isVisible || group.lastModified >= at
      ? []
      : [{ type, id, memberVersion: group.memberVersion }];
  });
  return [...new Map(uncounted.map((group) => [`${group.type}/${group.id}`, group])).values()];
};

/** @returns the directory as events show it; its id alone if it does not exist any more */
export const toEventDirectory = (
  id: string,
  { tenant, identityProvider, labels = {} }: Directory = {},
): Context['directory'] => ({
  id,
  ...(tenant === undefined ? {} : { tenant }),
  ...(identityProvider === undefined ? {} : { identityProvider }),
  ...(Object.keys(labels).length === 0 ? {} : { labels }),
});

type ResolvedContext = { readonly directory: Context['directory']; readonly resourceTypes: readonly ResourceType[] };

/** @returns a function that gives the events of records in their order, and notes the records that are at fault */
const createEventBuilder = <Record, Found extends Directory>(
  sources: Omit<ChangeSources<Record, Found>, 'readChange' | 'publish' | 'reportUnknownNames'>,
) => {
  const { resourceTypesOf, readDirectory, readNow, countMemberChanges, limitBytes } = sources;

  const resolveContext = async (id: string): Promise<ResolvedContext> => {
    const found = await readDirectory(id);
    return {
      directory: toEventDirectory(id, found),
      resourceTypes: resourceTypesOf(found),
    };
  };
  const resolveContexts = async (records: readonly ReadRecord[]): Promise<ReadonlyMap<string, ResolvedContext>> => {
    const ids = [...new Set(records.flatMap(({ occurrences }) => occurrences.map(directoryOf)))];
    return new Map(await Promise.all(ids.map(async (id) => [id, await resolveContext(id)] as const)));
  };

  const contextOf = async (
    { directory, resourceTypes }: ResolvedContext,
    outgoing: readonly OutgoingEvent[],
  ): Promise<Context> => {
    const here = outgoing.filter(({ occurrences }) => occurrences.some((one) => directoryOf(one) === directory.id));
    const distinct = new Map(here.flatMap(({ named }) => named).map((one) => [`${one.type}/${one.id}`, one]));
    const now = distinct.size === 0 ? new Map<string, Now>() : await readNow(directory.id, [...distinct.values()]);
    const uncounted = uncountedGroups(
      here.flatMap(({ occurrences }) => occurrences.flatMap((one) => changedGroup(one, resourceTypes) ?? [])),
      now,
    );
    if (uncounted.length > 0) await countMemberChanges(directory.id, uncounted);
    return { directory, resourceTypes, limitBytes, resourceNow: (type, id) => now.get(`${type}/${id}`) };
  };

  const build = async (read: readonly ReadRecord[], poison: Poison) => {
    const resolved = await resolveContexts(read);
    const outgoing = mapEach(read, poison, ({ record, occurrences }): OutgoingEvent[] => {
      const typesOf = (one: Occurrence) => resolved.get(directoryOf(one))?.resourceTypes ?? [];
      return [{ record, occurrences, named: occurrences.flatMap((one) => namedResources(one, typesOf(one))) }];
    });
    const contexts = await Promise.all([...resolved.values()].map((one) => contextOf(one, outgoing)));
    return mapEach(outgoing, poison, ({ record, occurrences }) =>
      contexts.flatMap((context) =>
        occurrences
          .filter((occurrence) => directoryOf(occurrence) === context.directory.id)
          .map((occurrence) => ({ record, event: toLifecycleEvent(occurrence, context) })),
      ),
    );
  };
  /** If something that the records refer to is damaged, builds each alone, so that the others do not fail with it. */
  return async (read: readonly ReadRecord[], poison: Poison) => {
    try {
      return await build(read, poison);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    const events: Awaited<ReturnType<typeof build>>[] = [];
    for (const one of read) {
      const built = await build([one], poison).catch((reason: unknown) => {
        if (!isUnreadable(reason)) throw reason;
        poison.set(one.record, reason);
        return [];
      });
      events.push(built);
    }
    return events.flat();
  };
};

const toPublishedChanges = (
  published: number,
  all: Poison,
  outage?: { readonly reason: unknown },
): PublishedChanges => ({
  published,
  poison: [...all]
    .filter(([record]) => record < published)
    .sort(([a], [b]) => a - b)
    .map(([record, reason]) => ({ record, reason })),
  ...(outage === undefined ? {} : { outage }),
});

/** @returns a function that never throws */
export function createChangePublisher<Record, Found extends Directory>(
  sources: ChangeSources<Record, Found>,
): PublishChanges<Record> {
  const { readChange, publish, reportUnknownNames = () => {} } = sources;
  const toEvents = createEventBuilder(sources);
  return async (records, { deadline = Number.POSITIVE_INFINITY } = {}) => {
    const poison: Poison = new Map();
    const given = records.map((one, record) => ({ one, record }));
    const read = mapEach(given, poison, ({ one, record }): ReadRecord[] => [
      { record, occurrences: toOccurrences(readChange(one)) },
    ]);
    try {
      const events = await inTime(toEvents(read, poison), deadline);
      const outgoing = events.map(({ event }) => event);
      const nameless = outgoing.filter(lacksName).length;
      if (nameless > 0) reportUnknownNames(nameless);
      const { published, refused = [], error } = await publish(outgoing, { deadline });
      for (const { index, reason } of refused) {
        const record = events[index]?.record;
        if (record !== undefined) poison.set(record, new Error(`EventBridge refuses an event: ${reason}`));
      }
      const first = events[published];
      if (first !== undefined) return toPublishedChanges(first.record, poison, { reason: error });
      return toPublishedChanges(records.length, poison);
    } catch (reason) {
      const first = read.find(({ occurrences }) => occurrences.length > 0);
      return toPublishedChanges(first?.record ?? 0, poison, { reason });
    }
  };
}
