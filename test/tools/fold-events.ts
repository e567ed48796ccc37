/** Folds lifecycle events into a subscriber's state and reports faults in the stream. */
import * as z from 'zod';
import { EVENT_SOURCE } from '../../lib/events/event-source.ts';
import { eventTypes } from '../../lib/events/event-types.ts';
import type { JsonObject } from '../../lib/scim/index.ts';

const schemas = new Map<string, z.ZodType>(Object.entries(eventTypes));
const Resource = z.looseObject({ id: z.string() });
const Detail = z.looseObject({
  type: z.string(),
  eventId: z.string(),
  reason: z.string(),
  directory: z.object({ id: z.string() }),
  sequence: z.string(),
  version: z.number().optional(),
  previousVersion: z.number().optional(),
  resourceOmitted: z.literal(true).optional(),
  user: Resource.optional(),
  group: Resource.optional(),
  memberGroup: Resource.optional(),
});
type Detail = z.infer<typeof Detail>;
const Envelope = z.object({ source: z.literal(EVENT_SOURCE), 'detail-type': z.string(), detail: Detail });

export type FoldedResource = {
  readonly version: number;
  /** Undefined if the event was too large to include it. */
  readonly resource: JsonObject | undefined;
};
export type FoldedDirectory = {
  /** Existing resources at the end, by the type's name in events, then by id. */
  readonly resources: ReadonlyMap<string, ReadonlyMap<string, FoldedResource>>;
  /** Members by group. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
};
export type Folded = {
  readonly events: number;
  readonly directories: ReadonlyMap<string, FoldedDirectory>;
  /** One line for each violation of the guarantees of the event stream. */
  readonly faults: readonly string[];
};

const parseLine = (line: string, number: number, faults: string[]): Detail | undefined => {
  try {
    const { 'detail-type': detailType, detail } = Envelope.parse(JSON.parse(line));
    if (detailType !== detail.type)
      faults.push(`line ${number}: detail-type ${detailType} but detail.type ${detail.type}`);
    const schema = schemas.get(detail.type);
    if (schema === undefined) throw new Error(`unknown event type ${detail.type}`);
    schema.parse(detail);
    return detail;
  } catch (error) {
    faults.push(`line ${number}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`);
    return undefined;
  }
};

const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
};
const last = (events: readonly Detail[]) =>
  events.reduce((latest, event) => (event.sequence >= latest.sequence ? event : latest));
/** Events of directories and tokens do not affect the state of resources. */
const isOfResource = ({ type }: Detail) => !/^(directory|token)\./.test(type);
const isMemberEvent = ({ type }: Detail) => type.includes('.member_');
const verbOf = ({ type }: Detail) => type.slice(type.indexOf('.') + 1);
const nounOf = ({ type }: Detail) => type.slice(0, type.indexOf('.'));
const subjectOf = (event: Detail) => (nounOf(event) === 'user' ? event.user : event.group);
const memberOf = ({ user, memberGroup }: Detail) => user ?? memberGroup;

/** Checks one resource's events in file order: versions 1, 2, 3, ... */
const checkVersions = (name: string, events: readonly Detail[], faults: string[]) => {
  let expected = 1;
  for (const { version = 0, previousVersion, sequence, type } of events) {
    const before = expected - 1;
    if (version !== expected) faults.push(`${name}: version ${version} (${type}), expected ${expected}`);
    if (Number(sequence) !== version) faults.push(`${name}: sequence ${Number(sequence)} at version ${version}`);
    if ((previousVersion ?? 0) !== before)
      faults.push(`${name}: previousVersion ${previousVersion}, expected ${before}`);
    if (type.endsWith('.created') !== (expected === 1)) faults.push(`${name}: ${type} at version ${version}`);
    expected = version + 1;
  }
  const deleted = events.findIndex((event) => verbOf(event) === 'deleted');
  if (deleted !== -1 && deleted !== events.length - 1) faults.push(`${name}: an event after its deletion`);
};

/** Checks one membership's events in file order: added, removed, added, ... with an increasing sequence. */
const checkMembership = (name: string, events: readonly Detail[], faults: string[]) => {
  let before: Detail | undefined;
  for (const event of events) {
    if (before !== undefined && event.sequence <= before.sequence) {
      faults.push(`${name}: revision ${Number(event.sequence)} after ${Number(before.sequence)}`);
    }
    if ((before === undefined ? 'member_removed' : verbOf(before)) === verbOf(event)) {
      faults.push(`${name}: ${event.type}${before === undefined ? ' of a non-member' : ' twice'}`);
    }
    before = event;
  }
};

const foldResources = (events: readonly Detail[], faults: string[]) => {
  const resources = new Map<string, Map<string, FoldedResource>>();
  for (const [name, own] of groupBy(events, (event) => `${nounOf(event)} ${subjectOf(event)?.id}`)) {
    checkVersions(`${own[0]?.directory.id}: ${name}`, own, faults);
    const latest = last(own);
    const subject = subjectOf(latest);
    if (verbOf(latest) === 'deleted' || subject === undefined) continue;
    const ofType = resources.get(nounOf(latest)) ?? new Map<string, FoldedResource>();
    resources.set(nounOf(latest), ofType);
    const resource = latest.resourceOmitted ? undefined : z.record(z.string(), z.json()).parse(subject);
    ofType.set(subject.id, { version: latest.version ?? 0, resource });
  }
  return resources;
};

const foldMembers = (events: readonly Detail[], faults: string[]) => {
  const members = new Map<string, Set<string>>();
  for (const own of groupBy(events, (event) => `${event.group?.id} ${memberOf(event)?.id}`).values()) {
    const latest = last(own);
    const [group, member] = [latest.group?.id ?? '', memberOf(latest)?.id ?? ''];
    checkMembership(`${latest.directory.id}: member ${member} of group ${group}`, own, faults);
    if (verbOf(latest) === 'member_removed') continue;
    members.set(group, (members.get(group) ?? new Set()).add(member));
  }
  return members;
};

/** Whether two events with one id are the same: a redelivery, for example after a crash, may show a newer resource. */
const isSameEvent = (a: Detail, b: Detail) =>
  a.type === b.type &&
  a.sequence === b.sequence &&
  a.directory.id === b.directory.id &&
  subjectOf(a)?.id === subjectOf(b)?.id;

/** The first delivery of each event. */
const distinctEvents = (delivered: readonly Detail[], faults: string[]): readonly Detail[] => {
  const first = new Map<string, Detail>();
  for (const event of delivered) {
    const known = first.get(event.eventId) ?? event;
    if (!isSameEvent(known, event)) faults.push(`${event.eventId}: the id of two different events`);
    first.set(event.eventId, known);
  }
  return [...first.values()];
};

/** @param lines the lines of the events file, in order; test events are left out */
export const foldEvents = (lines: readonly string[]): Folded => {
  const faults: string[] = [];
  const delivered = lines.flatMap((line, i) => {
    const event = line === '' ? undefined : parseLine(line, i + 1, faults);
    return event === undefined || event.reason === 'test' ? [] : [event];
  });
  const events = distinctEvents(delivered, faults);
  const directories = [...groupBy(events, (event) => event.directory.id)].map(([id, own]) => {
    const memberEvents = own.filter(isMemberEvent);
    const resourceEvents = own.filter((event) => isOfResource(event) && !isMemberEvent(event));
    return [
      id,
      { resources: foldResources(resourceEvents, faults), members: foldMembers(memberEvents, faults) },
    ] as const;
  });
  return { events: events.length, directories: new Map(directories), faults };
};
