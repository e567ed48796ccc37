/** `npm run bench:scale`: what an operation costs at a hundred, ten thousand and a hundred thousand users. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toTextTable } from '../../lib/cli/text-table.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { watch } from '../../test/store/calls.ts';
import { toSvg } from './chart.ts';
import { type Cost, createServe, measure, walk } from './measure.ts';
import { operationsOn } from './operations.ts';
import { seedDirectory } from './seed.ts';

const TABLE = 'rollcall';
const ROUNDS = 30;
/** All pages by startIndex cost at most this much more per user than at 2,000 users. */
const WALK_BAR = 1.2;

const USAGE = `npm run bench:scale -- [--users N] [--members N] [--json FILE] [--svg FILE]

  --users N     the largest directory, default 100000
  --members N   the members of its group, default as many
  --json FILE   write the figures as JSON as well
  --svg FILE    write a picture of units against size
`;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    members: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const progress = (size: number) => (done: number, all: number) => {
  if (process.stderr.isTTY) process.stderr.write(`\rseeding ${size} users: ${Math.round((done / all) * 100)} %  `);
};

const run = async () => {
  const users = Number(values.users);
  const sizes = [...new Set([100, 2000, 10_000, users])].filter((size) => size <= users).sort((a, b) => a - b);
  const engine = await startEngine();
  const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new DynamoDBClient({ ...local, endpoint: engine.endpoint });
  // The engine's writes cost more with every record of a stream, and nobody reads one here.
  await createTable(client, TABLE, { stream: false });
  const watched = watch(client);
  const serve = createServe(watched, TABLE);
  const costs: Cost[] = [];
  const walks = new Map<number, number>();
  for (const size of sizes) {
    const directory = `size-${size}`;
    const members = size === users ? Number(values.members ?? users) : size;
    const seeded = await seedDirectory(
      { client, tableName: TABLE },
      { directory, users: size, members, progress: progress(size) },
    );
    const place = { watched, serve, directory, size };
    walks.set(size, await walk(place));
    for (const operation of operationsOn(seeded, directory)) costs.push(await measure(place, operation, ROUNDS));
  }
  client.destroy();
  watched.client.destroy();
  await engine.stop();
  return { costs, walks };
};

const isOver = ({ calls, units, maxCalls, maxUnits }: Cost) => calls > maxCalls || units > maxUnits;

const report = ({ costs, walks }: Awaited<ReturnType<typeof run>>) => {
  const rows = costs.map((cost) => [
    cost.operation,
    cost.size.toLocaleString('en-US'),
    `${cost.calls} of ${cost.maxCalls}`,
    `${cost.units} of ${cost.maxUnits}`,
    cost.p50.toFixed(1),
    cost.p99.toFixed(1),
    isOver(cost) ? 'OVER' : '',
  ]);
  console.log(toTextTable(['operation', 'size', 'calls', 'units', 'p50 ms', 'p99 ms', ''], rows));
  const base = walks.get(2000) ?? walks.get(100) ?? 1;
  const ratios = [...walks].map(([size, units]) => ({ size, units, ratio: units / base }));
  for (const { size, units, ratio } of ratios)
    console.log(
      `all pages of ${size.toLocaleString('en-US')} users: ${units.toFixed(3)} units a user, ${ratio.toFixed(2)} x`,
    );
  return costs.some(isOver) || ratios.some(({ size, ratio }) => size >= 2000 && ratio > WALK_BAR);
};

if (values.help === true) console.log(USAGE);
else {
  const result = await run();
  const failed = report(result);
  const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model };
  if (values.json !== undefined)
    writeFileSync(
      values.json,
      `${JSON.stringify({ machine, costs: result.costs, walks: Object.fromEntries(result.walks) }, null, 2)}\n`,
    );
  if (values.svg !== undefined) {
    const names = [
      'GET user, with its groups',
      'filter userName eq',
      'POST user',
      'PATCH user, deactivate',
      'PATCH group, add one member',
      'page of 100, in the middle',
    ];
    writeFileSync(values.svg, toSvg(result.costs, names, 'DynamoDB capacity units per request'));
  }
  process.exitCode = failed ? 1 : 0;
}
