/** Stream records that failed for good, once more: what becomes an event this time is taken out of the failure destination. */
import type { PublishedChanges } from './publish-changes.ts';

export type FailedBatches<Record> = {
  /** Names of batches in their order, up to some. @param after the name that they begin behind */
  list(after: string | undefined): Promise<readonly string[]>;
  read(name: string): Promise<readonly Record[]>;
  remove(name: string): Promise<void>;
};
export type RedriveSources<Record> = {
  readonly batches: FailedBatches<Record>;
  readonly publishChanges: (records: readonly Record[]) => Promise<PublishedChanges>;
};
export type RedriveStep = {
  /** Records that are done with. */
  readonly redriven: number;
  /** Batches that stay, because a record of them failed again. */
  readonly left: readonly { readonly name: string; readonly reason: unknown }[];
  /** The last batch that was tried, when there are more. */
  readonly next: string | undefined;
};

export const createRedrive = <Record>({ batches, publishChanges }: RedriveSources<Record>) => {
  /** Each record that fails is passed over: the others of its batch need not wait for it. */
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

  /** @param deadline milliseconds since 1970, after which no further batch is begun */
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
