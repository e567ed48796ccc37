/** A picture of cost against size: capacity units per request, both axes logarithmic. */
import type { Cost } from './measure.ts';

const WIDTH = 760;
const HEIGHT = 420;
const PLOT = { left: 60, right: 500, top: 50, bottom: 370 };
const COLOURS = ['#1b6ac9', '#c0392b', '#1e8449', '#8e44ad', '#b9770e', '#117a8b', '#6c3483', '#5d6d7e'];

const scale = (value: number, [low, high]: readonly [number, number], [from, to]: readonly [number, number]) =>
  from + ((Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) * (to - from);

const text = (x: number, y: number, words: string) => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}">${words}</text>`;

/** @param names the operations to draw, one line each */
export const toSvg = (costs: readonly Cost[], names: readonly string[], title: string): string => {
  const sizes = [...new Set(costs.map(({ size }) => size))].sort((a, b) => a - b);
  const xRange = [sizes[0] ?? 1, sizes.at(-1) ?? 10] as const;
  const x = (size: number) => scale(size, xRange, [PLOT.left, PLOT.right]);
  const y = (units: number) => scale(Math.max(0.5, units), [0.5, 500], [PLOT.bottom, PLOT.top]);
  const lines = names.flatMap((name, i) => {
    const own = costs.filter(({ operation }) => operation === name).sort((a, b) => a.size - b.size);
    const colour = COLOURS[i % COLOURS.length];
    const points = own.map(({ size, units }) => `${x(size).toFixed(1)},${y(units).toFixed(1)}`).join(' ');
    const last = own.at(-1);
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points}"/>`,
      ...own.map(
        ({ size, units }) => `<circle cx="${x(size).toFixed(1)}" cy="${y(units).toFixed(1)}" r="3" fill="${colour}"/>`,
      ),
      `<g fill="${colour}">${text(PLOT.right + 14, PLOT.top + 14 + i * 22, `${name}: ${last?.units ?? ''}`)}</g>`,
    ];
  });
  const grid = [1, 10, 100].flatMap((units) => [
    `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(units)}" y2="${y(units)}" stroke="#ddd"/>`,
    text(PLOT.left - 34, y(units) + 4, String(units)),
  ]);
  const ticks = sizes.map((size) => text(x(size) - 14, PLOT.bottom + 20, size.toLocaleString('en-US')));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="100%" height="100%" fill="white"/>
<g font-size="15" font-weight="bold">${text(PLOT.left, 26, title)}</g>
${grid.join('\n')}
<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${PLOT.bottom}" y2="${PLOT.bottom}" stroke="#333"/>
${ticks.join('\n')}
${text(PLOT.left, PLOT.bottom + 42, 'users of the directory, and members of its group')}
${lines.join('\n')}
</svg>
`;
};
