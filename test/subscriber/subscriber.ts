/** A subscriber with rows in memory, and the directory state that they represent. */
import type { JsonObject } from '../../lib/scim/index.ts';
import { applyEvent, type Row, rowKey, type SubscribedEvent } from '../../lib/subscriber/apply-event.ts';
import type { FoldedDirectory, FoldedResource } from '../tools/fold-events.ts';

/** Rows by directory and key. */
export type Rows = ReadonlyMap<string, Row>;

/** @param rows the existing rows */
export const subscribe = (events: Iterable<SubscribedEvent>, rows: Rows = new Map()): Rows => {
  const kept = new Map(rows);
  for (const event of events) {
    const name = `${event.directory.id} ${rowKey(event)}`;
    const row = applyEvent(kept.get(name), event);
    if (row !== undefined) kept.set(name, row);
  }
  return new Map([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Converts the rows of one directory, for comparison with its lists. */
export const toDirectory = (rows: Rows, directory: string): FoldedDirectory => {
  const resources = new Map<string, Map<string, FoldedResource>>();
  const members = new Map<string, Set<string>>();
  for (const row of rows.values()) {
    if (row.directory !== directory || !row.present) continue;
    const [noun = '', id = '', member] = row.key.split('/');
    if (member === undefined) {
      const ofType = resources.get(noun) ?? new Map<string, FoldedResource>();
      const resource = row.resourceOmitted ? undefined : (row.resource as JsonObject | undefined);
      resources.set(noun, ofType.set(id, { version: Number(row.sequence), resource }));
    } else members.set(id, (members.get(id) ?? new Set()).add(member));
  }
  return { resources, members };
};
