/** `npm run bench:scale`: measures the cost of operations at 100, 2,000, 10,000 and 100,000 users. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { watch } from '../../test/store/calls.ts';
import { installRivals } from '../install-rivals.ts';
import { readMachine } from '../machine.ts';
import { userAttributes } from '../users.ts';
import { compareWithScimmy, type Filled } from './beside-scimmy.ts';
import { toSvg } from './chart.ts';
import { type Cost, createServe, measure, walk } from './measure.ts';
import { operationsOn } from './operations.ts';
import { type Findings, misses, toMarkdown, toReport, type Walk } from './report.ts';
import { type Seed, seedDirectory } from './seed.ts';
import { measureTokens } from './tokens.ts';

// Suppresses a Node version warning of the SDK amid the figures.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const TABLE = 'rollcall';
const ROUNDS = 30;
/** Sizes for the comparison with scimmy: of the directory whose pages are read, and of the group that is changed. */
const COMPARED_USERS = 2000;
const COMPARED_MEMBERS = 10_000;

const USAGE = `npm run bench:scale -- [--users N] [--members N] [--alone] [--json FILE] [--svg FILE] [--markdown FILE]

  --users N        users of the largest directory (default: 100000)
  --members N      members of its group (default: all its users)
  --alone          skip the comparison with scimmy, which takes a minute, at least ${COMPARED_MEMBERS} users and, once, the npm registry
  --json FILE      also write the figures as JSON
  --svg FILE       write the chart of units against size
  --markdown FILE  write the report (docs/scale.md)
`;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    members: { type: 'string' },
    alone: { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const progress = (size: number) => (done: number, all: number) => {
  if (process.stderr.isTTY) process.stderr.write(`\rseeding ${size} users: ${Math.round((done / all) * 100)} %  `);
};

const run = async (users: number): Promise<Findings> => {
  const machine = readMachine();
  const sizes = [...new Set([100, 2000, COMPARED_MEMBERS, users])]
    .filter((size) => size <= users)
    .sort((a, b) => a - b);
  const engine = await startEngine();
  const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new DynamoDBClient({ ...local, endpoint: engine.endpoint });
  // Without a stream, which nothing reads here.
  await createTable(client, TABLE, { stream: false });
  const watched = watch(client);
  const serve = createServe(watched, TABLE);
  const fill = async (directory: string, size: number, more: Partial<Seed> = {}): Promise<Filled> => {
    const members = more.members ?? size;
    const seed = { directory, users: size, progress: progress(size), ...more, members };
    return { directory, members, ...(await seedDirectory({ client, tableName: TABLE }, seed)) };
  };
  const costs: Cost[] = [];
  const walks: Walk[] = [];
  const filled = new Map<number, Filled>();
  for (const size of sizes) {
    const directory = `size-${size}`;
    const members = size === users ? Number(values.members ?? users) : size;
    const seeded = await fill(directory, size, { members });
    filled.set(size, seeded);
    const place = { watched, serve, directory, size };
    walks.push({ size, units: await walk(place) });
    for (const operation of operationsOn(seeded, directory)) costs.push(await measure(place, operation, ROUNDS));
  }
  const group = filled.get(COMPARED_MEMBERS);
  const beside =
    values.alone || group === undefined
      ? undefined
      : await compareWithScimmy({
          dynamodb: engine.endpoint,
          small: await fill('compared', COMPARED_USERS, { attributes: userAttributes }),
          large: await fill('compared-large', users, { attributes: userAttributes }),
          group,
        });
  client.destroy();
  watched.client.destroy();
  await engine.stop();
  return { machine, costs, walks, tokens: await measureTokens(), beside };
};

const write = (findings: Findings) => {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(findings, null, 2)}\n`);
  if (values.svg !== undefined) writeFileSync(values.svg, toSvg(findings));
  if (values.markdown !== undefined)
    writeFileSync(values.markdown, toMarkdown(findings, basename(values.svg ?? 'scale.svg')));
};

if (values.help === true) console.log(USAGE);
else {
  if (!values.alone) installRivals();
  const findings = await run(Number(values.users));
  console.log(toReport(findings));
  write(findings);
  const missed = misses(findings);
  console.log(missed.length === 0 ? 'All bars are met.' : `${missed.length} missed: ${missed.join('; ')}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
