/** Retries stream records in the failure destination, and removes a batch once all its records are published. */
import type { PublishedChanges } from './publish-changes.ts';

export type FailedBatches<Record> = {
  /** Lists one page of batch names in order. @param after the name after which the page begins */
  list(after: string | undefined): Promise<readonly string[]>;
  read(name: string): Promise<readonly Record[]>;
  remove(name: string): Promise<void>;
};
export type RedriveSources<Record> = {
  readonly batches: FailedBatches<Record>;
  readonly publishChanges: (records: readonly Record[]) => Promise<PublishedChanges>;
};
export type RedriveStep = {
  /** Number of records that were published. */
  readonly redriven: number;
  /** Batches that remain because one of their records failed again. */
  readonly left: readonly { readonly name: string; readonly reason: unknown }[];
  /** The batch after which the next step continues; undefined if no batch was left to try. */
  readonly next: string | undefined;
};

export const createRedrive = <Record>({ batches, publishChanges }: RedriveSources<Record>) => {
  /** Skips records that fail, so that they do not hold up the others of their batch. */
  const redriveBatch = async (name: string) => {
    let records = await batches.read(name);
    let redriven = 0;
    let reason: unknown;
    while (records.length > 0) {
      const { published, failure } = await publishChanges(records);
      redriven += published;
      if (failure === undefined) break;
      reason ??= failure.reason;
      if (failure.kind === 'outage') break;
      records = records.slice(published + 1);
    }
    if (reason === undefined) await batches.remove(name);
    return { redriven, reason };
  };

  /** @param deadline milliseconds since 1970, after which no further batch is started */
  return async (after: string | undefined, deadline: number): Promise<RedriveStep> => {
    const left: { name: string; reason: unknown }[] = [];
    let redriven = 0;
    let tried = after;
    const names = await batches.list(after);
    for (const name of names) {
      if (Date.now() >= deadline) break;
      const outcome = await redriveBatch(name).catch((reason: unknown) => ({ redriven: 0, reason }));
      redriven += outcome.redriven;
      if (outcome.reason !== undefined) left.push({ name, reason: outcome.reason });
      tried = name;
    }
    return { redriven, left, next: names.length === 0 ? undefined : tried };
  };
};
