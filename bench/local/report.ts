/** Rows and bars of the local bench. */
import type { Bar, Row } from '../bench.ts';
import type { Measured } from './operations.ts';

export const OURS = 'Rollcall';
export const BASELINE = 'baseline';

const count = (number: number) => number.toLocaleString('en-US');

const POST_BARS = [
  { users: 20_000, bar: { atLeast: 25 } },
  { users: 2000, bar: { atLeast: 5 } },
];
const GROUP_BAR = { users: 2000, bar: { atLeast: 8 } };
const SIMULATE_BAR = { users: 10_000, bar: { atLeast: 6 } };

const barOf = (what: string, users: number): Bar | undefined => {
  if (what.startsWith('POST')) return POST_BARS.find((bar) => users >= bar.users)?.bar;
  if (what.startsWith('fill') && users >= GROUP_BAR.users) return GROUP_BAR.bar;
  if (what.startsWith('simulate') && users >= SIMULATE_BAR.users) return SIMULATE_BAR.bar;
  return undefined;
};

const PEER_BARS: Readonly<Record<string, Bar>> = {
  'scimmy 1.3.5': { atLeast: 0.25 },
  'scim2-server 0.8.3': { atLeast: 0.5 },
};

/** How many times better ours is than the other. */
const ratioTo = ({ unit, values }: Measured, other: string): number => {
  const [mine, theirs] = [values.get(OURS) ?? Number.NaN, values.get(other) ?? Number.NaN];
  return unit === 's' ? theirs / mine : mine / theirs;
};

const withBar = (row: Row, bar: Bar | undefined): Row => (bar === undefined ? row : { ...row, bar });

/** A row per contestant, and the ratio to the baseline. @param users those that were in the directory before */
export const toRows = (measured: Measured, users: number): readonly Row[] => {
  const { unit, values } = measured;
  const what = `${measured.what}, ${count(users)} users`;
  return [
    ...[...values].map(([name, value]): Row => ({ what: `${what}: ${name}`, value, unit })),
    ...(values.has(BASELINE)
      ? [
          withBar(
            { what: `${what}: times as fast as the baseline`, value: ratioTo(measured, BASELINE), unit: 'x' },
            barOf(measured.what, users),
          ),
        ]
      : []),
  ];
};

/** As `toRows`, with the ratio to each peer. */
export const toPeerRows = (measured: Measured, users: number): readonly Row[] => [
  ...toRows(measured, users),
  ...[...measured.values.keys()].flatMap((name): Row[] => {
    if (name === OURS) return [];
    const row: Row = {
      what: `${measured.what}, ${count(users)} users: Rollcall / ${name}`,
      value: ratioTo(measured, name),
      unit: 'x',
    };
    return [withBar(row, measured.what.startsWith('POST') ? PEER_BARS[name] : undefined)];
  }),
];

/** The table of docs/local-performance.md. */
export const toMarkdown = (rows: readonly Row[], toText: (value: number) => string): string =>
  [
    '| | value | |',
    '|---|---:|---|',
    ...rows.map(({ what, value, unit }) => `| ${what} | ${toText(value)} | ${unit} |`),
    '',
  ].join('\n');
