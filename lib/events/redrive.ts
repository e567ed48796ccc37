/**
 * Retries stream records in the failure bucket, and removes a batch once all its records are published. Several batches
 * are read at a time and their records published in the order of the stream, so that two changes of one resource keep
 * their order although each is in a batch of its own.
 */
import type { PublishChanges } from './publish-changes.ts';

export type FailedBatches<Record> = {
  /** Lists one page of batch names in order. @param after the name after which the page begins */
  list(after: string | undefined): Promise<readonly string[]>;
  /** @returns the records, and the size of the stored batch */
  read(name: string): Promise<{ readonly records: readonly Record[]; readonly bytes: number }>;
  remove(name: string): Promise<void>;
};
export type RedriveSources<Record> = {
  readonly batches: FailedBatches<Record>;
  readonly publishChanges: PublishChanges<Record>;
  /** Position in the stream: the records of one item sort by it as its changes happened. */
  readonly positionOf: (record: Record) => string;
};
export type RedriveStep = {
  /** Number of records that were published. */
  readonly redriven: number;
  /** Batches that remain because one of their records failed again. */
  readonly left: readonly { readonly name: string; readonly reason: unknown }[];
  /** The batch after which the next step continues; undefined if no batch was left to try. */
  readonly next: string | undefined;
};

/** Bounds of what is in memory and published at a time. The last batch of a group may exceed them. */
const GROUP = { records: 400, bytes: 6_000_000 };
/** How long after the deadline of a step a group that began before it may still publish. */
const PUBLISH_MS = 8000;
const DIGITS = 40;

type Placed<Record> = { readonly name: string; readonly record: Record };
type Group<Record> = {
  readonly names: readonly string[];
  readonly placed: readonly Placed<Record>[];
  /** Reasons by name. */
  readonly failed: Map<string, unknown>;
};

export const createRedrive = <Record>({ batches, publishChanges, positionOf }: RedriveSources<Record>) => {
  const inOrder = (placed: readonly Placed<Record>[]) =>
    placed
      .map((one) => ({ one, position: positionOf(one.record).padStart(DIGITS, '0') }))
      .sort((a, b) => (a.position < b.position ? -1 : Number(a.position > b.position)))
      .map(({ one }) => one);

  /** Reads the first batches of a list, at least one. */
  const readGroup = async (list: readonly string[], deadline: number): Promise<Group<Record>> => {
    const names: string[] = [];
    const placed: Placed<Record>[] = [];
    const failed = new Map<string, unknown>();
    let bytes = 0;
    for (const name of list) {
      if (names.length > 0 && (placed.length >= GROUP.records || bytes >= GROUP.bytes || Date.now() >= deadline)) break;
      names.push(name);
      try {
        const batch = await batches.read(name);
        placed.push(...batch.records.map((record) => ({ name, record })));
        bytes += batch.bytes;
      } catch (reason) {
        failed.set(name, reason);
      }
    }
    return { names, placed: inOrder(placed), failed };
  };
  /** Publishes the records of a group, and removes the batches of which every record is published. */
  const redriveGroup = async ({ names, placed, failed }: Group<Record>, deadline: number): Promise<number> => {
    const fail = (name: string, reason: unknown) => failed.has(name) || failed.set(name, reason);
    const { published, poison, outage } = await publishChanges(
      placed.map(({ record }) => record),
      { deadline },
    );
    for (const { record, reason } of poison) fail(placed[record]?.name ?? '', reason);
    if (outage !== undefined) for (const { name } of placed.slice(published)) fail(name, outage.reason);
    const done = names.filter((name) => !failed.has(name));
    await Promise.all(done.map((name) => batches.remove(name).catch((reason: unknown) => fail(name, reason))));
    return published - poison.length;
  };

  /**
   * @param deadline milliseconds since 1970, after which no further batch is read. The first one is in any case, so
   * every step gets ahead.
   */
  return async (after: string | undefined, deadline: number): Promise<RedriveStep> => {
    const left: { name: string; reason: unknown }[] = [];
    let redriven = 0;
    let tried = after;
    const all = await batches.list(after);
    for (let rest = all; rest.length > 0; ) {
      const group = await readGroup(rest, deadline);
      redriven += await redriveGroup(group, deadline + PUBLISH_MS);
      left.push(...[...group.failed].map(([name, reason]) => ({ name, reason })));
      tried = group.names.at(-1);
      rest = Date.now() >= deadline ? [] : rest.slice(group.names.length);
    }
    return { redriven, left, next: all.length === 0 ? undefined : tried };
  };
};
