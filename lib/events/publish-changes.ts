/** From the records of a stream batch to events on the bus: what is published is a run of records from the first on. */
import type { JsonObject, ResourceType } from '../scim/index.ts';
import { type Context, namedResources, toLifecycleEvent } from './lifecycle-event.ts';
import { type Change, type Occurrence, toOccurrences } from './occurrence.ts';
import type { Publish } from './publish.ts';

type Directory = { readonly tenant?: string | undefined; readonly identityProvider?: string | undefined };
type ResourceReference = { readonly type: string; readonly id: string };
export type ChangeSources<Record> = {
  readonly resourceTypes: readonly ResourceType[];
  /** @throws when the record cannot be read, now or later */
  readonly readChange: (record: Record) => Change;
  /** What subscribers are told of a directory; undefined when there is none of that id. */
  readonly readDirectory: (id: string) => Promise<Directory | undefined>;
  /** Resources as they are now, by `<type>/<id>`, without those that are gone. */
  readonly readNow: (
    directory: string,
    references: readonly ResourceReference[],
  ) => Promise<ReadonlyMap<string, { readonly attributes: JsonObject }>>;
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

type Told = { readonly occurrences: readonly Occurrence[]; readonly named: readonly ResourceReference[] };
const directoryOf = (occurrence: Occurrence) =>
  occurrence.kind === 'member' ? occurrence.member.directory : occurrence.after.directory;

export function createChangePublisher<Record>(sources: ChangeSources<Record>) {
  const { resourceTypes, readChange, readDirectory, readNow, publish } = sources;

  /** Everything that can be wrong with a record shows here, before anything is read or sent. */
  const readAll = (records: readonly Record[]) => {
    const told: Told[] = [];
    for (const record of records) {
      try {
        const occurrences = toOccurrences(readChange(record));
        told.push({ occurrences, named: occurrences.flatMap((o) => namedResources(o, resourceTypes)) });
      } catch (reason) {
        return { told, poison: { published: told.length, failure: { kind: 'poison' as const, reason } } };
      }
    }
    return { told, poison: undefined };
  };

  const contextOf = async (id: string, told: readonly Told[]): Promise<Context> => {
    const named = told
      .filter(({ occurrences }) => occurrences.some((occurrence) => directoryOf(occurrence) === id))
      .flatMap((one) => one.named);
    const distinct = new Map(named.map((reference) => [`${reference.type}/${reference.id}`, reference]));
    const [settings, now] = await Promise.all([
      readDirectory(id),
      distinct.size === 0 ? new Map<string, { attributes: JsonObject }>() : readNow(id, [...distinct.values()]),
    ]);
    const { tenant, identityProvider } = settings ?? {};
    return {
      directory: {
        id,
        ...(tenant === undefined ? {} : { tenant }),
        ...(identityProvider === undefined ? {} : { identityProvider }),
      },
      resourceTypes,
      attributesNow: (type, resourceId) => now.get(`${type}/${resourceId}`)?.attributes,
    };
  };

  const toEvents = async (told: readonly Told[]) => {
    const directories = [...new Set(told.flatMap(({ occurrences }) => occurrences.map(directoryOf)))];
    const contexts = await Promise.all(directories.map((id) => contextOf(id, told)));
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
    const { told, poison } = readAll(records);
    const outage = (published: number, reason: unknown): PublishedChanges => ({
      published,
      failure: { kind: 'outage', reason },
    });
    try {
      const events = await toEvents(told);
      const { published, error } = await publish(events.map(({ event }) => event));
      const first = events[published];
      if (first !== undefined) return outage(first.record, error);
    } catch (reason) {
      const first = told.findIndex(({ occurrences }) => occurrences.length > 0);
      return outage(first, reason);
    }
    return poison ?? { published: records.length };
  };
}
