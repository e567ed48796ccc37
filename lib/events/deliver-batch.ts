/**
 * Publishes one batch of the stream. A record that fails at every attempt because of itself is moved to the failure
 * bucket and does not hold up later ones; an outage ends the batch, and the event source mapping delivers the rest again.
 */
import { MOVED_RECORD } from './event-source.ts';
import type { PublishChanges } from './publish-changes.ts';
import { describeFailure } from './unreadable.ts';

export type BatchSources<Record> = {
  readonly publishChanges: PublishChanges<Record>;
  /** Moves a record to the failure bucket. @throws Error if it is not certainly there */
  readonly park: (record: Record, reason: string) => Promise<void>;
  /** Logs what happened to a record. */
  readonly report: (message: string, record: Record | undefined, reason: string) => void;
};
/** Milliseconds since 1970. No record is moved after `park`, so that a move in progress ends in time. */
export type BatchDeadlines = { readonly publish: number; readonly park: number };

/** @returns a function that returns how many records, from the first one on, are published or moved. It never throws. */
export const createBatchDelivery = <Record>({ publishChanges, park, report }: BatchSources<Record>) => {
  /** @returns whether the record is in the bucket */
  const move = async (record: Record, reason: string, deadline: number): Promise<boolean> => {
    try {
      if (Date.now() >= deadline) throw new Error('out of time');
      await park(record, reason);
      report(MOVED_RECORD, record, reason);
      return true;
    } catch (error) {
      report('A record could not be moved to the failure bucket.', record, describeFailure(error));
      return false;
    }
  };
  return async (records: readonly Record[], deadlines: BatchDeadlines): Promise<number> => {
    const { published, poison, outage } = await publishChanges(records, { deadline: deadlines.publish });
    for (const { record, reason } of poison) {
      const found = records[record];
      if (found !== undefined && !(await move(found, describeFailure(reason), deadlines.park))) return record;
    }
    if (outage !== undefined) report('A record was not published.', records[published], describeFailure(outage.reason));
    return published;
  };
};
