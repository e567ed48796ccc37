/** The chart of docs/scale.md: capacity units per request against size, and whole requests next to another library. */
import type { Row } from '../bench.ts';
import { toMachineText } from '../machine.ts';
import type { Cost } from './measure.ts';
import type { Findings } from './report.ts';

const WIDTH = 880;
const PLOT = { left: 74, right: 500, top: 74, bottom: 330 };
const BARS = { left: 330, right: 780, top: 450, step: 26, thick: 16 };
const INK = '#24292f';
const FAINT = '#57606a';
const GRID = '#d8dee4';
const OURS = '#1b6ac9';
const THEIRS = '#c26a00';
const COLOURS = ['#1b6ac9', '#c0392b', '#1e8449', '#8e44ad', '#c26a00', '#0e7c86'];
const OPERATIONS = [
  'page of 100, in the middle',
  'POST user',
  'PATCH group, add one member',
  'PATCH user, deactivate',
  'filter userName eq',
  'GET user, with its groups',
];
const DASH = 9;
const LINE_HEIGHT = 18;

type Place = { readonly at: 'start' | 'middle' | 'end'; readonly fill?: string };
const text = (x: number, y: number, words: string, { at = 'start', fill = INK }: Partial<Place> = {}) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${at}" fill="${fill}">${words}</text>`;
const line = (from: readonly [number, number], to: readonly [number, number], stroke: string) =>
  `<line x1="${from[0].toFixed(1)}" y1="${from[1].toFixed(1)}" x2="${to[0].toFixed(1)}" y2="${to[1].toFixed(1)}" stroke="${stroke}"/>`;
const bold = (size: number, ...parts: readonly string[]) =>
  `<g font-size="${size}" font-weight="bold">${parts.join('')}</g>`;

type Span = readonly [number, number];
const onLogScale = ([low, high]: Span, [from, to]: Span) => {
  const share = (value: number) => Math.log(value / low) / Math.log(high / low);
  return (value: number) => from + share(Math.min(high, Math.max(low, value))) * (to - from);
};

type Series = {
  readonly name: string;
  readonly colour: string;
  readonly costs: readonly Cost[];
  readonly units: string;
};
const seriesOf = (all: readonly Cost[]): Series[] =>
  OPERATIONS.flatMap((name, i) => {
    const costs = all.filter(({ operation }) => operation === name).sort((a, b) => a.size - b.size);
    const units = [...new Set(costs.map((cost) => cost.units))];
    if (costs.length === 0) return [];
    const [low, high] = [Math.min(...units), Math.max(...units)];
    const colour = COLOURS[i % COLOURS.length] ?? INK;
    return [{ name, colour, costs, units: low === high ? String(low) : `${low} to ${high}` }];
  });

type Axes = { readonly x: (size: number) => number; readonly y: (units: number) => number };
const pathOf = ({ costs }: Series, { x, y }: Axes) =>
  costs.map(({ size, units }) => `${x(size).toFixed(1)},${y(units).toFixed(1)}`).join(' ');

/** Draws a line. Lines that coincide alternate, dash by dash. */
const drawn = (series: Series, all: readonly Series[], axes: Axes) => {
  const points = pathOf(series, axes);
  const same = all.filter((other) => pathOf(other, axes) === points);
  const turn = same.indexOf(series);
  const dashes =
    same.length === 1
      ? ''
      : ` stroke-dasharray="${DASH} ${DASH * (same.length - 1)}" stroke-dashoffset="${-turn * DASH}"`;
  const dots = points.split(' ').map((point) => {
    const [cx, cy] = point.split(',');
    // The first of them is the largest, so that it shows as a ring around the others.
    return `<circle cx="${cx}" cy="${cy}" r="${3.5 + 2.5 * (same.length - 1 - turn)}" fill="${series.colour}"/>`;
  });
  return {
    lines: `<polyline fill="none" stroke="${series.colour}" stroke-width="2.5"${dashes} points="${points}"/>`,
    dots,
  };
};

/** Places each label next to the end of its line, below the previous label. */
const labels = (all: readonly Series[], { y }: Axes) => {
  let next = 0;
  return [...all]
    .sort((a, b) => (b.costs.at(-1)?.units ?? 0) - (a.costs.at(-1)?.units ?? 0))
    .flatMap(({ name, colour, units, costs }) => {
      const end = y(costs.at(-1)?.units ?? 1);
      const place = Math.max(end, next);
      next = place + LINE_HEIGHT;
      return [
        line([PLOT.right + 8, end], [PLOT.right + 24, place], colour),
        text(PLOT.right + 28, place + 4, `${name}: <tspan font-weight="bold">${units}</tspan>`, { fill: colour }),
      ];
    });
};

const unitsPanel = (costs: readonly Cost[]): string[] => {
  const sizes = [...new Set(costs.map(({ size }) => size))].sort((a, b) => a - b);
  const axes: Axes = {
    x: onLogScale([sizes[0] ?? 1, sizes.at(-1) ?? 10], [PLOT.left + 14, PLOT.right]),
    y: onLogScale([1, 300], [PLOT.bottom, PLOT.top]),
  };
  const all = seriesOf(costs);
  const grid = [1, 10, 100].flatMap((units) => [
    line([PLOT.left, axes.y(units)], [PLOT.right, axes.y(units)], GRID),
    text(PLOT.left - 8, axes.y(units) + 4, String(units), { at: 'end' }),
  ]);
  const ticks = sizes.flatMap((size) => [
    line([axes.x(size), PLOT.bottom], [axes.x(size), PLOT.bottom + 5], FAINT),
    text(axes.x(size), PLOT.bottom + 20, size.toLocaleString('en-US'), { at: 'middle' }),
  ]);
  const middle = (PLOT.top + PLOT.bottom) / 2;
  const lines = all.map((series) => drawn(series, all, axes));
  return [
    bold(16, text(20, 28, 'The cost of a request does not depend on size')),
    text(20, 48, 'DynamoDB capacity units per request, read and write; both axes logarithmic', { fill: FAINT }),
    ...grid,
    ...ticks,
    line([PLOT.left, PLOT.bottom], [PLOT.right, PLOT.bottom], FAINT),
    `<g transform="translate(28 ${middle}) rotate(-90)">${text(0, 0, 'capacity units', { at: 'middle' })}</g>`,
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 42, 'users in the directory = members of its group', {
      at: 'middle',
    }),
    ...lines.map((one) => one.lines),
    ...lines.flatMap((one) => one.dots),
    ...labels(all, axes),
  ];
};

const barsPanel = (rows: readonly Row[]): string[] => {
  const timed = rows.filter(({ unit }) => unit === 'ms');
  const bottom = BARS.top + timed.length * BARS.step;
  const x = onLogScale([1, 10_000], [BARS.left, BARS.right]);
  const scale = [1, 10, 100, 1000, 10_000].flatMap((milliseconds) => [
    line([x(milliseconds), BARS.top - 6], [x(milliseconds), bottom], GRID),
    text(x(milliseconds), bottom + 18, milliseconds.toLocaleString('en-US'), { at: 'middle' }),
  ]);
  const bars = timed.flatMap(({ what, value }, i) => {
    const top = BARS.top + i * BARS.step;
    const fill = what.endsWith('Rollcall') ? OURS : THEIRS;
    const milliseconds = value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
    return [
      text(BARS.left - 10, top + 12, what, { at: 'end', fill }),
      `<rect x="${BARS.left}" y="${top}" width="${(x(value) - BARS.left).toFixed(1)}" height="${BARS.thick}" fill="${fill}"/>`,
      text(x(value) + 6, top + 12, `${milliseconds} ms`, { fill }),
    ];
  });
  return [
    bold(16, text(20, BARS.top - 48, 'Whole HTTP requests, compared with scimmy')),
    text(20, BARS.top - 28, 'median; Rollcall on the embedded engine, scimmy in memory; logarithmic axis', {
      fill: FAINT,
    }),
    ...scale,
    ...bars,
    text((BARS.left + BARS.right) / 2, bottom + 38, 'milliseconds', { at: 'middle' }),
  ];
};

/** Renders the SVG, with its own background because a README may be shown on a dark one. */
export const toSvg = ({ machine, costs, beside }: Findings): string => {
  const rows = beside?.filter(({ unit }) => unit === 'ms') ?? [];
  const bottom = rows.length === 0 ? PLOT.bottom + 52 : BARS.top + rows.length * BARS.step + 48;
  const body = [
    ...unitsPanel(costs),
    ...(rows.length === 0 ? [] : barsPanel(rows)),
    text(20, bottom + 12, `npm run bench:scale on ${toMachineText(machine)}`, { fill: FAINT }),
  ];
  const height = bottom + 26;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, 'DejaVu Sans', Arial, sans-serif" font-size="12.5">
<title>The cost of a request does not depend on the size of the directory</title>
<rect width="100%" height="100%" fill="white"/>
${body.join('\n')}
</svg>
`;
};
