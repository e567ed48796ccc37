/** Counts, times and failures by kind of request. */
import { percentile } from '../scim-client/percentile.ts';

/** Why the provider sends a request. */
export type Kind =
  | 'connection test'
  | 'user lookup'
  | 'user create'
  | 'user read'
  | 'user update'
  | 'user deactivate'
  | 'user reactivate'
  | 'user delete'
  | 'group lookup'
  | 'group create'
  | 'group read'
  | 'group update'
  | 'group members'
  | 'group delete'
  | 'comparison'
  | 'cleanup';

type Failure = {
  readonly kind: Kind;
  readonly method: string;
  readonly target: string;
  /** Undefined if there was no response. */
  readonly status?: number;
  /** The fault from the provider's point of view. */
  readonly fault: string;
  /** The server's error detail. */
  readonly detail?: string;
};
/** The first failure of one kind and reason, and the number of its occurrences. */
export type FailureStatistics = Failure & { readonly times: number };
/** Times in milliseconds. */
export type Times = { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
export type KindStatistics = { readonly kind: Kind; readonly count: number; readonly failures: number } & Times;

export type Statistics = {
  answered(kind: Kind, milliseconds: number): void;
  failed(failure: Failure): void;
  throttled(): void;
  /** Counts an event skipped because an earlier request failed. */
  skipped(): void;
  readonly counts: () => { requests: number; failures: number; throttled: number; skipped: number };
  /** In the order of each kind's first request. */
  readonly kinds: () => readonly KindStatistics[];
  readonly times: () => Times;
  readonly firstFailures: () => readonly FailureStatistics[];
};

const FAILURES_SHOWN = 20;

const toTimes = (values: readonly number[]): Times => {
  const at = (share: number) => Math.round(percentile(values, share) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};

export function createStatistics(): Statistics {
  const kinds = new Map<Kind, { times: number[]; failures: number }>();
  const counts = { requests: 0, failures: 0, throttled: 0, skipped: 0 };
  const shown = new Map<string, FailureStatistics>();
  const of = (kind: Kind) => {
    const found = kinds.get(kind) ?? { times: [], failures: 0 };
    kinds.set(kind, found);
    return found;
  };
  const allTimes = () => [...kinds.values()].flatMap(({ times }) => times);
  return {
    answered: (kind, milliseconds) => {
      counts.requests++;
      of(kind).times.push(milliseconds);
    },
    failed: (failure) => {
      counts.failures++;
      of(failure.kind).failures++;
      const { method: _, target: __, ...reason } = failure;
      const key = JSON.stringify(reason);
      const known = shown.get(key);
      if (known !== undefined || shown.size < FAILURES_SHOWN)
        shown.set(key, { ...(known ?? failure), times: (known?.times ?? 0) + 1 });
    },
    throttled: () => {
      counts.throttled++;
    },
    skipped: () => {
      counts.skipped++;
    },
    counts: () => ({ ...counts }),
    kinds: () =>
      [...kinds].map(([kind, { times, failures }]) => ({ kind, count: times.length, failures, ...toTimes(times) })),
    times: () => toTimes(allTimes()),
    firstFailures: () => [...shown.values()],
  };
}
