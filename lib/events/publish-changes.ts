/** Publishes the records of a stream batch as events, in order, up to the first record that fails. */
import type { JsonObject, ResourceType } from '../scim/index.ts';
import { type Context, changedGroup, namedResources, toLifecycleEvent } from './lifecycle-event.ts';
import { type Change, type Occurrence, toOccurrences } from './occurrence.ts';
import type { Publish } from './publish.ts';

type Directory = { readonly tenant?: string | undefined; readonly identityProvider?: string | undefined };
type ResourceReference = { readonly type: string; readonly id: string };
type Now = {
  readonly attributes: JsonObject;
  /** ISO 8601, time of the last change of attributes or members. */
  readonly lastModified: string;
  readonly memberVersion: number;
};
export type ChangeSources<Record, Found extends Directory> = {
  /** Resource types of a directory; for a directory that no longer exists, the types that every directory has. */
  readonly resourceTypesOf: (directory: Found | undefined) => readonly ResourceType[];
  /** @throws if the record is unreadable, which a retry does not change */
  readonly readChange: (record: Record) => Change;
  /** The directory as events show it, undefined if it does not exist. */
  readonly readDirectory: (id: string) => Promise<Found | undefined>;
  /** Current resources by `<type>/<id>`, without deleted ones. */
  readonly readNow: (directory: string, references: readonly ResourceReference[]) => Promise<ReadonlyMap<string, Now>>;
  /** Raises the version of groups whose version does not reflect a change of their members yet. */
  readonly countMemberChanges: (
    directory: string,
    groups: readonly (ResourceReference & Pick<Now, 'memberVersion'>)[],
  ) => Promise<void>;
  readonly publish: Publish;
};
/**
 * `published` counts the records that succeeded, from the first one on. `failure` concerns the next one: an `'outage'`
 * may pass, while with `'poison'` the record itself is at fault and fails at every attempt.
 */
export type PublishedChanges = {
  readonly published: number;
  readonly failure?: { readonly kind: 'outage' | 'poison'; readonly reason: unknown };
};

type Failure = NonNullable<PublishedChanges['failure']>;
/** Results for the records before the first one that is at fault. */
type Read<One> = { readonly values: readonly One[]; readonly poison: Failure | undefined };
type Occurrences = readonly Occurrence[];
type OutgoingEvent = { readonly occurrences: Occurrences; readonly named: readonly ResourceReference[] };

const directoryOf = (occurrence: Occurrence) =>
  occurrence.kind === 'member' ? occurrence.member.directory : occurrence.after.directory;

const readEach = <Given, One>({ values: given, poison }: Read<Given>, read: (one: Given) => One): Read<One> => {
  const values: One[] = [];
  for (const one of given) {
    try {
      values.push(read(one));
    } catch (reason) {
      return { values, poison: { kind: 'poison', reason } };
    }
  }
  return { values, poison };
};

/** Groups older than a change of their members, because the writer of the change died before it counted it. */
const uncountedGroups = (
  changed: readonly (ResourceReference & { readonly at: string })[],
  now: ReadonlyMap<string, Now>,
) => {
  const uncounted = changed.flatMap(({ type, id, at }) => {
    const group = now.get(`${type}/${id}`);
    return group === undefined || group.lastModified >= at ? [] : [{ type, id, memberVersion: group.memberVersion }];
  });
  return [...new Map(uncounted.map((group) => [`${group.type}/${group.id}`, group])).values()];
};

type ResolvedContext = { readonly directory: Context['directory']; readonly resourceTypes: readonly ResourceType[] };

export function createChangePublisher<Record, Found extends Directory>(sources: ChangeSources<Record, Found>) {
  const { resourceTypesOf, readChange, readDirectory, readNow, countMemberChanges, publish } = sources;

  const resolveContext = async (id: string): Promise<ResolvedContext> => {
    const found = await readDirectory(id);
    const { tenant, identityProvider } = found ?? {};
    return {
      directory: {
        id,
        ...(tenant === undefined ? {} : { tenant }),
        ...(identityProvider === undefined ? {} : { identityProvider }),
      },
      resourceTypes: resourceTypesOf(found),
    };
  };
  const resolveContexts = async (records: readonly Occurrences[]): Promise<ReadonlyMap<string, ResolvedContext>> => {
    const ids = [...new Set(records.flatMap((occurrences) => occurrences.map(directoryOf)))];
    return new Map(await Promise.all(ids.map(async (id) => [id, await resolveContext(id)] as const)));
  };
  const toOutgoing =
    (resolved: ReadonlyMap<string, ResolvedContext>) =>
    (occurrences: Occurrences): OutgoingEvent => ({
      occurrences,
      named: occurrences.flatMap((one) => namedResources(one, resolved.get(directoryOf(one))?.resourceTypes ?? [])),
    });

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
    return { directory, resourceTypes, attributesNow: (type, id) => now.get(`${type}/${id}`)?.attributes };
  };

  const toEvents = async (outgoing: readonly OutgoingEvent[], resolved: ReadonlyMap<string, ResolvedContext>) => {
    const contexts = await Promise.all([...resolved.values()].map((one) => contextOf(one, outgoing)));
    return outgoing.flatMap(({ occurrences }, record) =>
      contexts.flatMap((context) =>
        occurrences
          .filter((occurrence) => directoryOf(occurrence) === context.directory.id)
          .map((occurrence) => ({ record, event: toLifecycleEvent(occurrence, context) })),
      ),
    );
  };

  /** Publishes the events of the records before the first unreadable one. Never throws. */
  return async (records: readonly Record[]): Promise<PublishedChanges> => {
    // All records are parsed before anything is sent, so that a faulty one is found first.
    const read = readEach({ values: records, poison: undefined }, (record) => toOccurrences(readChange(record)));
    const outage = (published: number, reason: unknown): PublishedChanges => ({
      published,
      failure: { kind: 'outage', reason },
    });
    try {
      const resolved = await resolveContexts(read.values);
      const { values: outgoing, poison } = readEach(read, toOutgoing(resolved));
      const events = await toEvents(outgoing, resolved);
      const { published, error } = await publish(events.map(({ event }) => event));
      const first = events[published];
      if (first !== undefined) return outage(first.record, error);
      return poison === undefined ? { published: records.length } : { published: outgoing.length, failure: poison };
    } catch (reason) {
      return outage(
        read.values.findIndex((occurrences) => occurrences.length > 0),
        reason,
      );
    }
  };
}
