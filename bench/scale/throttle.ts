/**
 * `npm run bench:throttle`: measures how much fits into one request at DynamoDB's limits, and whether repeating the
 * request completes the rest. Runs core and store like the functions, with their time limit for a request.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toTextTable } from '../../lib/cli/text-table.ts';
import { FUNCTION_TIMEOUT_SECONDS, WORK_SECONDS } from '../../lib/lambda/times.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { readMachine, toMachineText } from '../machine.ts';
import { NEW_TABLE, throttle } from './capacity.ts';
import { askForLargeChanges, type Step } from './large-changes.ts';
import { seedDirectory } from './seed.ts';

const TABLE = 'rollcall';
const DIRECTORY = 'throttled';

const USAGE = `npm run bench:throttle -- [--members N] [--seconds N] [--partitions N] [--json FILE]

  --members N     members in one change (default: 20000, more than fits into one request)
  --seconds N     time limit of a request (default: ${WORK_SECONDS})
  --partitions N  spread the keys over N partitions of 1,000 write units each; a new table has four
                  (default: one per key, as in an older table)
  --json FILE     also write the figures as JSON
`;

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: String(WORK_SECONDS) },
    partitions: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
const report = ({ change, request, status, seconds, done, left }: Step) =>
  console.error(
    `${change}, ${request}: ${status ?? 'cleanup'} after ${seconds.toFixed(1)} s, ${done} done, ${left} left`,
  );

const run = async (): Promise<readonly Step[]> => {
  const partitions = values.partitions === undefined ? undefined : Number(values.partitions);
  const engine = await startEngine();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config = { endpoint: engine.endpoint, region: 'local', credentials };
  const [free, client] = [new DynamoDBClient(config), new DynamoDBClient(config)];
  await createTable(free, TABLE, { stream: false });
  const { userIds } = await seedDirectory(
    { client: free, tableName: TABLE },
    { directory: DIRECTORY, users: 2 * Number(values.members), members: 0, progress: () => {} },
  );
  const { traffic } = throttle(client, { ...NEW_TABLE, partitions });
  const seconds = Number(values.seconds);
  const place = { tableName: TABLE, directory: DIRECTORY, free, client, traffic, seconds, report };
  const steps = await askForLargeChanges(place, userIds);
  free.destroy();
  client.destroy();
  await engine.stop();
  return steps;
};

const toRow = ({ change, request, status, seconds, done, left, traffic }: Step): string[] => [
  change,
  String(request),
  status === undefined ? 'cleanup' : String(status),
  seconds.toFixed(1),
  String(done),
  String(left),
  (done / seconds).toFixed(0),
  `${traffic.throttled.TransactWriteItems ?? 0} of ${traffic.calls.TransactWriteItems ?? 0}`,
  `${sum(traffic.throttled) - (traffic.throttled.TransactWriteItems ?? 0)} of ${sum(traffic.calls) - (traffic.calls.TransactWriteItems ?? 0)}`,
  traffic.writeUnits.toFixed(0),
  traffic.lostUnits.toFixed(0),
];

/** Whether a change stays incomplete, a request outlives its function, or a status is neither success nor 429. */
const isBad = (step: Step, all: readonly Step[]): boolean => {
  const last = all.findLast(({ change }) => change === step.change) === step;
  const tooLong =
    step.status !== undefined && step.seconds > FUNCTION_TIMEOUT_SECONDS + Number(values.seconds) - WORK_SECONDS;
  const wrong = step.status !== undefined && step.status !== 429 && step.status >= 300;
  return tooLong || wrong || (last && step.left > 0);
};

if (values.help === true) console.log(USAGE);
else {
  const machine = readMachine();
  const steps = await run();
  const headings = [
    'change',
    'request',
    'status',
    's',
    'done',
    'left',
    'done/s',
    'transactions throttled',
    'other calls throttled',
    'write units',
    'lost',
  ];
  console.log(toTextTable(headings, steps.map(toRow)));
  console.log(`on ${toMachineText(machine)}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, steps }, null, 2)}\n`);
  const bad = steps.filter((step) => isBad(step, steps));
  for (const { change, request } of bad) console.log(`FAILED: ${change}, request ${request}`);
  process.exitCode = bad.length === 0 ? 0 : 1;
}
