/** A simulation's report for people. */
import { toTerminalText } from '../common/terminal-text.ts';
import type { Report } from '../simulate/simulation.ts';
import type { FailureStatistics, KindStatistics } from '../simulate/statistics.ts';
import { toTextTable } from './text-table.ts';

const toMs = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 10 ? 1 : 0);

const toRow = ({ kind, count, failures, p50, p95, p99, max }: Omit<KindStatistics, 'kind'> & { kind: string }) => [
  kind,
  String(count),
  String(failures),
  ...[p50, p95, p99, max].map(toMs),
];

const toFailureLine = ({ kind, method, target, fault, detail = '', times }: FailureStatistics): string =>
  toTerminalText(`  ${times} x ${kind}: ${method} ${target} ${fault}${detail === '' ? '' : ` (${detail})`}`);

const toList = (heading: string, lines: readonly string[], untold: number): string => {
  if (lines.length === 0) return '';
  const rest = untold > 0 ? `\n  and ${untold} more` : '';
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
  const { differences, firstFailures, firstDifferences } = report;
  const told = firstFailures.reduce((sum, { times }) => sum + times, 0);
  const total = { kind: 'all', count: requests, failures, ...times };
  const table = toTextTable(
    ['REQUEST', 'COUNT', 'FAILED', 'P50 MS', 'P95', 'P99', 'MAX'],
    [...kinds, total].map(toRow),
  );
  return [
    `${identityProvider}: ${users} users and ${groups} groups at the end; their names contain ${label} (seed ${seed})\n`,
    `${requests} requests in ${seconds} s, ${requestsPerSecond} a second\n\n`,
    table,
    throttled > 0 ? `\n${throttled} requests were sent again after 429\n` : '',
    skipped > 0 ? `\n${skipped} changes were not played, because an earlier one had failed\n` : '',
    toList('Failures', firstFailures.map(toFailureLine), failures - told),
    toList(
      'Differences',
      firstDifferences.map((line) => toTerminalText(`  ${line}`)),
      (differences ?? 0) - firstDifferences.length,
    ),
    `\n${toVerdict(report)}\n`,
  ].join('');
};
