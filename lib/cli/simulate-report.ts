/** The report of a simulation as text. */
import { toTerminalText } from '../common/terminal-text.ts';
import type { Report } from '../simulate/simulation.ts';
import type { FailureStatistics, KindStatistics } from '../simulate/statistics.ts';
import { toTextTable } from './text-table.ts';
import { counted } from './wording.ts';

const toMs = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 10 ? 1 : 0);

const toRow = ({ kind, count, failures, p50, p95, p99, max }: Omit<KindStatistics, 'kind'> & { kind: string }) => [
  kind,
  String(count),
  String(failures),
  ...[p50, p95, p99, max].map(toMs),
];

const toFailureLine = ({ kind, method, target, fault, detail = '', times }: FailureStatistics): string =>
  toTerminalText(`  ${times} x ${kind}: ${method} ${target} ${fault}${detail === '' ? '' : ` (${detail})`}`);

const toList = (heading: string, lines: readonly string[], omitted: number): string => {
  if (lines.length === 0) return '';
  const rest = omitted > 0 ? `\n  and ${omitted} more` : '';
  return `\n${heading}:\n${lines.join('\n')}${rest}\n`;
};

/** The summary line. */
export const toVerdict = ({ interrupted, failures, differences }: Report): string => {
  const compared =
    differences === undefined
      ? 'the directory was not compared'
      : `${counted(differences, 'difference')} in the directory`;
  return `${interrupted ? 'Interrupted: ' : ''}${counted(failures, 'failure')}, ${compared}`;
};

export const toSimulationText = (report: Report): string => {
  const { identityProvider, seed, label, seconds, requests, requestsPerSecond } = report;
  const { users, groups, kinds, times, failures, throttled, skipped } = report;
  const { differences, firstFailures, firstDifferences } = report;
  const listed = firstFailures.reduce((sum, { times }) => sum + times, 0);
  const total = { kind: 'all', count: requests, failures, ...times };
  const table = toTextTable(
    ['REQUEST', 'COUNT', 'FAILED', 'P50 MS', 'P95', 'P99', 'MAX'],
    [...kinds, total].map(toRow),
  );
  return [
    `${identityProvider}: ${counted(users, 'user')} and ${counted(groups, 'group')} at the end; all names contain ${label} (seed ${seed})\n`,
    `${counted(requests, 'request')} in ${seconds} s, ${requestsPerSecond} per second\n\n`,
    table,
    throttled > 0 ? `\nRetried after 429: ${counted(throttled, 'request')}\n` : '',
    skipped > 0 ? `\nSkipped because an earlier change failed: ${counted(skipped, 'change')}\n` : '',
    toList('Failures', firstFailures.map(toFailureLine), failures - listed),
    toList(
      'Differences',
      firstDifferences.map((line) => toTerminalText(`  ${line}`)),
      (differences ?? 0) - firstDifferences.length,
    ),
    `\n${toVerdict(report)}\n`,
  ].join('');
};
