/** Runs operations, and counts the DynamoDB calls and capacity units of each. */
import { createServiceProvider } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { startRequest } from '../../lib/store/table/request-time.ts';
import type { watch } from '../../test/store/calls.ts';
import type { Operation, Serve } from './operations.ts';

export type Cost = {
  readonly operation: string;
  /** Users of the directory, and members of its group. */
  readonly size: number;
  /** Per request, the maximum of all rounds. */
  readonly calls: number;
  readonly units: number;
  readonly maxCalls: number;
  readonly maxUnits: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
};

type Watched = ReturnType<typeof watch>;

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

export const createServe = (watched: Watched, tableName: string): Serve =>
  createServiceProvider(({ deadline }) =>
    createStore({ client: watched.client, tableName, request: startRequest(deadline) }),
  );

const callerOf = (directory: string) => ({
  directory: { id: directory, mode: 'tolerant', uniqueGroupNames: true } as const,
  actor: { kind: 'provisioning-client', tokenId: 'bench' } as const,
  reason: 'change' as const,
  deadline: Date.now() + 3_600_000,
});

const requestOf = ({ method, path, query = {}, body }: ReturnType<Operation['request']>) => ({
  method,
  path: path.split('/').filter((segment) => segment !== ''),
  query: new Map(Object.entries(query)),
  header: () => undefined,
  body: body === undefined ? undefined : JSON.stringify(body),
  baseUrl: 'https://bench.example/scim/v2',
});

/** @throws if a request returns an unexpected status, which makes its cost meaningless */
export const measure = async (
  { watched, serve, directory, size }: { watched: Watched; serve: Serve; directory: string; size: number },
  operation: Operation,
  rounds: number,
): Promise<Cost> => {
  const times: number[] = [];
  let calls = 0;
  let units = 0;
  for (let round = 0; round < rounds; round++) {
    watched.reset();
    const start = performance.now();
    const { status, body } = await serve(requestOf(operation.request(round)), callerOf(directory));
    times.push(performance.now() - start);
    if (status !== operation.status) throw new Error(`${operation.name} returned ${status}: ${JSON.stringify(body)}`);
    calls = Math.max(calls, watched.calls.length);
    units = Math.max(units, watched.units());
  }
  times.sort((a, b) => a - b);
  const { name, maxCalls, maxUnits } = operation;
  return {
    operation: name,
    size,
    calls,
    units,
    maxCalls,
    maxUnits,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
};

/** Reads all pages of 100 by `startIndex`. @returns read units per user */
export const walk = async ({
  watched,
  serve,
  directory,
  size,
}: {
  watched: Watched;
  serve: Serve;
  directory: string;
  size: number;
}) => {
  watched.reset();
  const ids = new Set<unknown>();
  for (let startIndex = 1; startIndex <= size; startIndex += 100) {
    const query = { startIndex: String(startIndex), count: '100', excludedAttributes: 'groups' };
    const { body } = await serve(requestOf({ method: 'GET', path: '/Users', query }), callerOf(directory));
    for (const user of (body?.Resources ?? []) as { id: string }[]) ids.add(user.id);
  }
  if (ids.size < size) throw new Error(`the pages of ${size} users contain only ${ids.size}`);
  return watched.units() / ids.size;
};
