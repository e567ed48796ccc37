/** From the records of a stream batch to events on the bus: what is published is a run of records from the first on. */
import type { JsonObject, ResourceType } from '../scim/index.ts';
import { type Context, changedGroup, namedResources, toLifecycleEvent } from './lifecycle-event.ts';
import { type Change, type Occurrence, toOccurrences } from './occurrence.ts';
import type { Publish } from './publish.ts';

type Directory = { readonly tenant?: string | undefined; readonly identityProvider?: string | undefined };
type ResourceReference = { readonly type: string; readonly id: string };
type Now = {
  readonly attributes: JsonObject;
  /** ISO 8601, of the last change of its attributes or its members. */
  readonly lastModified: string;
  readonly memberVersion: number;
};
export type ChangeSources<Record, Found extends Directory> = {
  /** The resource types of a directory; of one that is not there any more, those that every directory has. */
  readonly resourceTypesOf: (directory: Found | undefined) => readonly ResourceType[];
  /** @throws when the record cannot be read, now or later */
  readonly readChange: (record: Record) => Change;
  /** What subscribers are told of a directory; undefined when there is none of that id. */
  readonly readDirectory: (id: string) => Promise<Found | undefined>;
  /** Resources as they are now, by `<type>/<id>`, without those that are gone. */
  readonly readNow: (directory: string, references: readonly ResourceReference[]) => Promise<ReadonlyMap<string, Now>>;
  /** Raises the versions of groups that are older than a change of their members. */
  readonly countMemberChanges: (
    directory: string,
    groups: readonly (ResourceReference & Pick<Now, 'memberVersion'>)[],
  ) => Promise<void>;
  readonly publish: Publish;
};
/**
 * `published` counts the records that are done with, from the first on. The next one failed: `'outage'` may pass, with
 * `'poison'` the record itself is at fault, and will be each time.
 */
export type PublishedChanges = {
  readonly published: number;
  readonly failure?: { readonly kind: 'outage' | 'poison'; readonly reason: unknown };
};

type Failure = NonNullable<PublishedChanges['failure']>;
/** What the records up to the first that is at fault tell, one by one. */
type Read<One> = { readonly told: readonly One[]; readonly poison: Failure | undefined };
type Occurrences = readonly Occurrence[];
type OutgoingEvent = { readonly occurrences: Occurrences; readonly named: readonly ResourceReference[] };

const directoryOf = (occurrence: Occurrence) =>
  occurrence.kind === 'member' ? occurrence.member.directory : occurrence.after.directory;

const readEach = <Given, One>({ told: given, poison }: Read<Given>, read: (one: Given) => One): Read<One> => {
  const told: One[] = [];
  for (const one of given) {
    try {
      told.push(read(one));
    } catch (reason) {
      return { told, poison: { kind: 'poison', reason } };
    }
  }
  return { told, poison };
};

/** Groups whose members have changed after they themselves did: whoever changed them died before counting that. */
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

  const readKnown = async (id: string): Promise<ResolvedContext> => {
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
  const readAllKnown = async (told: readonly Occurrences[]): Promise<ReadonlyMap<string, ResolvedContext>> => {
    const ids = [...new Set(told.flatMap((occurrences) => occurrences.map(directoryOf)))];
    return new Map(await Promise.all(ids.map(async (id) => [id, await readKnown(id)] as const)));
  };
  const toTold =
    (known: ReadonlyMap<string, ResolvedContext>) =>
    (occurrences: Occurrences): OutgoingEvent => ({
      occurrences,
      named: occurrences.flatMap((one) => namedResources(one, known.get(directoryOf(one))?.resourceTypes ?? [])),
    });

  const contextOf = async (
    { directory, resourceTypes }: ResolvedContext,
    told: readonly OutgoingEvent[],
  ): Promise<Context> => {
    const here = told.filter(({ occurrences }) => occurrences.some((one) => directoryOf(one) === directory.id));
    const distinct = new Map(here.flatMap(({ named }) => named).map((one) => [`${one.type}/${one.id}`, one]));
    const now = distinct.size === 0 ? new Map<string, Now>() : await readNow(directory.id, [...distinct.values()]);
    const uncounted = uncountedGroups(
      here.flatMap(({ occurrences }) => occurrences.flatMap((one) => changedGroup(one, resourceTypes) ?? [])),
      now,
    );
    if (uncounted.length > 0) await countMemberChanges(directory.id, uncounted);
    return { directory, resourceTypes, attributesNow: (type, id) => now.get(`${type}/${id}`)?.attributes };
  };

  const toEvents = async (told: readonly OutgoingEvent[], known: ReadonlyMap<string, ResolvedContext>) => {
    const contexts = await Promise.all([...known.values()].map((one) => contextOf(one, told)));
    return told.flatMap(({ occurrences }, record) =>
      contexts.flatMap((context) =>
        occurrences
          .filter((occurrence) => directoryOf(occurrence) === context.directory.id)
          .map((occurrence) => ({ record, event: toLifecycleEvent(occurrence, context) })),
      ),
    );
  };

  /** Publishes what the records tell, up to the first that cannot be read. Never throws. */
  return async (records: readonly Record[]): Promise<PublishedChanges> => {
    // Everything that can be wrong with a record shows before anything is sent.
    const read = readEach({ told: records, poison: undefined }, (record) => toOccurrences(readChange(record)));
    const outage = (published: number, reason: unknown): PublishedChanges => ({
      published,
      failure: { kind: 'outage', reason },
    });
    try {
      const known = await readAllKnown(read.told);
      const { told, poison } = readEach(read, toTold(known));
      const events = await toEvents(told, known);
      const { published, error } = await publish(events.map(({ event }) => event));
      const first = events[published];
      if (first !== undefined) return outage(first.record, error);
      return poison === undefined ? { published: records.length } : { published: told.length, failure: poison };
    } catch (reason) {
      return outage(
        read.told.findIndex((occurrences) => occurrences.length > 0),
        reason,
      );
    }
  };
}
