/** What `npm run bench:scale` found, as text and as docs/scale.md. */
import { toTextTable } from '../../lib/cli/text-table.ts';
import { isMissed, type Row, toBarText, toText, toValueText } from '../bench.ts';
import { type Machine, toMachineText } from '../machine.ts';
import type { Cost } from './measure.ts';

export type Walk = { readonly size: number; readonly units: number };
export type Findings = {
  readonly machine: Machine;
  readonly costs: readonly Cost[];
  /** All pages by `startIndex`: read units per user. */
  readonly walks: readonly Walk[];
  /** Next to another library; undefined when that was not asked for. */
  readonly beside: readonly Row[] | undefined;
};

/** All pages by startIndex cost at most this much more per user than at 2,000 users. */
const WALK_BAR = 1.2;
const WALK_BASE = 2000;

const isOver = ({ calls, units, maxCalls, maxUnits }: Cost) => calls > maxCalls || units > maxUnits;
const count = (number: number) => number.toLocaleString('en-US');

type Ratio = Walk & { readonly ratio: number };
const ratiosOf = (walks: readonly Walk[]): Ratio[] => {
  const base = walks.find(({ size }) => size === WALK_BASE) ?? walks[0];
  return walks.map((walk) => ({ ...walk, ratio: walk.units / (base?.units ?? Number.NaN) }));
};
const isTooLong = ({ size, ratio }: Ratio) => size >= WALK_BASE && !(ratio <= WALK_BAR);

/** @returns one line for each bar that is missed */
export const misses = ({ costs, walks, beside = [] }: Findings): readonly string[] => [
  ...costs.filter(isOver).map(({ operation, size }) => `${operation} at ${count(size)}`),
  ...ratiosOf(walks)
    .filter(isTooLong)
    .map(({ size }) => `all pages of ${count(size)} users`),
  ...beside.filter(isMissed).map(({ what }) => what),
];

export const toReport = ({ costs, walks, beside }: Findings): string => {
  const table = toTextTable(
    ['operation', 'size', 'calls', 'units', 'p50 ms', 'p99 ms', ''],
    costs.map((cost) => [
      cost.operation,
      count(cost.size),
      `${cost.calls} of ${cost.maxCalls}`,
      `${cost.units} of ${cost.maxUnits}`,
      cost.p50.toFixed(1),
      cost.p99.toFixed(1),
      isOver(cost) ? 'OVER' : '',
    ]),
  );
  const pages = ratiosOf(walks).map(
    (walk) =>
      `all pages of ${count(walk.size)} users: ${walk.units.toFixed(3)} units a user, ${walk.ratio.toFixed(2)} x${isTooLong(walk) ? ' OVER' : ''}\n`,
  );
  return `${table}\n${pages.join('')}${beside === undefined ? '' : `\n${toText(beside)}`}`;
};

const toTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headings, headings.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');

/** A row for each operation, a column for each size. */
const bySize = (costs: readonly Cost[], cell: (cost: Cost) => string): string[][] =>
  [...new Set(costs.map(({ operation }) => operation))].map((name) => [
    name,
    ...costs.filter(({ operation }) => operation === name).map(cell),
  ]);

const besideSection = (rows: readonly Row[]): string => `
## Next to scimmy

The same HTTP requests to the local stack of Rollcall (gateway, authorizer, functions, embedded engine) and to \`scimmy\`
with \`scimmy-routers\` on express, which keeps everything in memory; in turns, medians. Both hold the same users and
members, which is compared before a figure is told. What \`scimmy\` answers to a PATCH is the whole group, Rollcall answers 204.

${toTable(
  ['', 'measured', 'bar'],
  rows.map((row) => [row.what, `${toValueText(row.value)} ${row.unit}`, toBarText(row.bar)]),
)}`;

/** @param picture the file name of the picture, next to the document */
export const toMarkdown = ({ machine, costs, walks, beside }: Findings, picture: string): string => {
  const sizes = [...new Set(costs.map(({ size }) => size))].map(count);
  return `# Cost against size

Written by \`npm run bench:scale -- --markdown docs/scale.md --svg docs/${picture}\`, on ${toMachineText(machine)}, with the
embedded engine, its table without a stream. Calls and units do not depend on the machine; the milliseconds do.

![DynamoDB capacity units per request against size, and times next to scimmy](${picture})

## Calls and capacity units of a request

The most that any of the rounds took, at so many users in the directory and members in its group. Over the limit, the
command exits with 1.

${toTable(
  ['calls, units', 'limit', ...sizes],
  bySize(costs, ({ calls, units }) => `${calls}, ${units}`).map(([name = '', ...cells]) => {
    const { maxCalls, maxUnits } = costs.find(({ operation }) => operation === name) ?? { maxCalls: 0, maxUnits: 0 };
    return [name, `${maxCalls}, ${maxUnits}`, ...cells];
  }),
)}
## Milliseconds of a request

Core, store and engine, without HTTP: median and 99th percentile.

${toTable(
  ['p50, p99', ...sizes],
  bySize(costs, ({ p50, p99 }) => `${p50.toFixed(1)}, ${p99.toFixed(1)}`),
)}
## All pages by startIndex

${toTable(
  ['users', 'read units a user', 'against 2,000 users', 'bar'],
  ratiosOf(walks).map(({ size, units, ratio }) => [
    count(size),
    units.toFixed(3),
    `${ratio.toFixed(2)} x`,
    size > WALK_BASE ? `at most ${WALK_BAR}` : '',
  ]),
)}${beside === undefined ? '' : besideSection(beside)}`;
};
