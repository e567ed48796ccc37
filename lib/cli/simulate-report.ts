/** A simulation's report for people. */
import type { Report } from '../simulate/simulation.ts';
import type { Failure, KindTally } from '../simulate/tally.ts';
import { toTextTable } from './text-table.ts';

const toMs = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 10 ? 1 : 0);

const toRow = ({ kind, count, failures, p50, p95, p99, max }: Omit<KindTally, 'kind'> & { kind: string }) => [
  kind,
  String(count),
  String(failures),
  ...[p50, p95, p99, max].map(toMs),
];

/** What a server says may not steer the terminal. */
const plain = (text: string): string => text.replace(/\p{Cc}/gu, '?');

const toFailureLines = ({ kind, method, target, fault, detail }: Failure): string =>
  plain(`  ${kind}: ${method} ${target} ${fault}${detail === undefined || detail === '' ? '' : ` (${detail})`}`);

const toList = (heading: string, lines: readonly string[], all: number): string => {
  if (lines.length === 0) return '';
  const rest = all > lines.length ? `\n  and ${all - lines.length} more` : '';
  return `\n${heading}:\n${lines.join('\n')}${rest}\n`;
};

/** The last line. */
export const toVerdict = ({ interrupted, failures, differences }: Report): string => {
  const requests = `${failures} failure${failures === 1 ? '' : 's'}`;
  const compared =
    differences === undefined
      ? 'the directory was not compared'
      : `${differences} difference${differences === 1 ? '' : 's'} to the directory`;
  return `${interrupted ? 'Interrupted: ' : ''}${requests}, ${compared}`;
};

export const toSimulationText = (report: Report): string => {
  const { identityProvider, seed, label, seconds, requests, requestsPerSecond } = report;
  const { users, groups, kinds, times, failures, throttled, skipped } = report;
  const total = { kind: 'all', count: requests, failures, ...times };
  const table = toTextTable(
    ['REQUEST', 'COUNT', 'FAILED', 'P50 MS', 'P95', 'P99', 'MAX'],
    [...kinds, total].map(toRow),
  );
  return [
    `${identityProvider}: ${users} users and ${groups} groups at the end, named ...${label} (seed ${seed})\n`,
    `${requests} requests in ${seconds} s, ${requestsPerSecond} a second\n\n`,
    table,
    throttled > 0 ? `\n${throttled} requests were sent again after 429\n` : '',
    skipped > 0 ? `\n${skipped} changes were not played, because an earlier one had failed\n` : '',
    toList('Failures', report.firstFailures.map(toFailureLines), failures),
    toList(
      'Differences',
      report.firstDifferences.map((line) => plain(`  ${line}`)),
      report.differences ?? 0,
    ),
    `\n${toVerdict(report)}\n`,
  ].join('');
};
