/** `npm run check:model -- --seeds 1-20`: prints impossible observations and the seed. Exit code 1 if there are any. */
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { checkSeed, FULL_SIZE, type Report } from './check-seed.ts';

const USAGE = `npm run check:model -- [--seeds 1-20] [--operations 1000] [--clients 8]

  --seeds S         one seed or a range, default 1-20
  --operations N    random operations per seed, default 1000
  --clients N       parallel clients, default 8
`;
const TABLE = 'rollcall';
const SHOWN_FINDINGS = 20;
const SHOWN_TRACE = 200;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-20' },
    operations: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '8' },
    help: { type: 'boolean' },
  },
});

const toWhole = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} must be a positive whole number, not ${text}`);
  return Number(text);
};
const toSeeds = (text: string): number[] => {
  const [first = '', last = first, ...more] = text.split('-');
  const [from, to] = [toWhole('seeds', first), toWhole('seeds', last)];
  if (more.length > 0 || to < from) throw new Error(`--seeds must be one seed or a range such as 1-20, not ${text}`);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
};

const REFUSALS: Readonly<Record<string, string>> = {
  400: 'unknown member',
  404: 'not found',
  409: 'uniqueness',
  412: 'precondition',
};
const summarize = ({ seed, operations, statuses, faults, cleanUps, seconds }: Report): string => {
  const count = (status: string) => statuses.get(status) ?? 0;
  const all = [...statuses.values()].reduce((sum, one) => sum + one, 0);
  const acknowledged = [...statuses]
    .filter(([status]) => status.startsWith('2'))
    .reduce((sum, [, one]) => sum + one, 0);
  const refused = Object.entries(REFUSALS).map(([status, words]) => `${words} ${count(status)}`);
  const unanswered = ['429', '503', 'killed'].map((status) => `${status} ${count(status)}`);
  return [
    `seed ${seed}: ${operations} operations in ${all} requests, ${acknowledged} acknowledged`,
    `refused: ${refused.join(', ')}`,
    `unanswered: ${unanswered.join(', ')}`,
    `${faults} faults, ${cleanUps} cleanups, ${seconds.toFixed(1)} s`,
  ].join('; ');
};

const runSeed = async (seed: number, { operations, clients }: { operations: number; clients: number }) => {
  const engine = await startEngine();
  const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new DynamoDBClient({ ...local, endpoint: engine.endpoint });
  try {
    await createTable(client, TABLE, { stream: true });
    const onProgress = (done: number) => {
      if (process.stderr.isTTY) process.stderr.write(`\rseed ${seed}: ${done} of ${operations}  `);
      else if (done % 250 === 0) process.stderr.write(`seed ${seed}: ${done} of ${operations}\n`);
    };
    return await checkSeed({ client, tableName: TABLE }, { seed, operations, clients, size: FULL_SIZE, onProgress });
  } finally {
    client.destroy();
    await engine.stop();
  }
};

const run = async () => {
  const operations = toWhole('operations', values.operations);
  const clients = toWhole('clients', values.clients);
  for (const seed of toSeeds(values.seeds)) {
    const report = await runSeed(seed, { operations, clients });
    if (process.stderr.isTTY) process.stderr.write('\r');
    console.log(summarize(report));
    if (report.findings.length === 0) continue;
    for (const line of report.trace.slice(-SHOWN_TRACE)) console.error(`  ${line}`);
    for (const line of report.findings.slice(0, SHOWN_FINDINGS)) console.log(`  ${line}`);
    console.log(
      `seed ${seed} failed with ${report.findings.length} ${report.findings.length === 1 ? 'finding' : 'findings'}. To repeat the same requests (their interleaving may differ):`,
    );
    console.log(`npm run check:model -- --seeds ${seed} --operations ${operations} --clients ${clients}`);
    process.exitCode = 1;
  }
};

if (values.help === true) console.log(USAGE);
else await run();
