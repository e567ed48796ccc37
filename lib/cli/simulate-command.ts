/** `scim simulate`: plays an identity provider against a SCIM server. */
import { randomInt } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type ProviderName, providerNames } from '../simulate/providers.ts';
import { type Hooks, type Report, type SimulationOptions, simulate } from '../simulate/simulation.ts';
import { CliError } from './cli-error.ts';
import { printResult, type Streams } from './command-context.ts';
import { withInterrupt } from './interrupt.ts';
import { createProgress } from './progress.ts';
import { findEndpoint, withEndpoint } from './scim-endpoint.ts';
import { toSimulationText, toVerdict } from './simulate-report.ts';

const Options = z.object({
  idp: z.enum(providerNames),
  users: z.number(),
  groups: z.number(),
  days: z.number(),
  seed: z.string().optional(),
  rate: z.number().optional(),
  concurrency: z.number(),
  record: z.string().optional(),
  cleanup: z.boolean().default(false),
});

const integerFrom =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };

const parseRate = (text: string): number => {
  const rate = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate <= 0) throw new InvalidArgumentError('Expected requests per second, for example 25 or 0.5.');
  return rate;
};

const parseSeed = (text: string): string => {
  if (!/^[\w.-]{1,40}$/.test(text))
    throw new InvalidArgumentError('Expected 1 to 40 letters, digits, dots, hyphens or underscores.');
  return text;
};

const openRecord = (file: string): Promise<FileHandle> =>
  open(file, 'w', 0o600).catch((error: NodeJS.ErrnoException) =>
    Promise.reject(new CliError(`Cannot write ${file} (${error.code}).`, 2)),
  );

/** Runs with a recording: lines are written in order, in parallel with the requests. */
const withRecord = async (file: string | undefined, run: (record?: Hooks['record']) => Promise<Report>) => {
  if (file === undefined) return run();
  const handle = await openRecord(file);
  const stream = handle.createWriteStream();
  const closed = new Promise<void>((resolve, reject) => {
    stream.once('close', resolve);
    stream.once('error', reject);
  });
  try {
    return await run((line) => stream.write(line));
  } finally {
    stream.end();
    await closed.catch((error: NodeJS.ErrnoException) =>
      Promise.reject(new CliError(`Cannot write ${file} (${error.code}).`)),
    );
  }
};

const runSimulation = async (
  options: SimulationOptions,
  record: string | undefined,
  { err, terminal }: Streams,
): Promise<Report> => {
  const progressLine = createProgress(terminal ? err : undefined);
  const progress: Hooks['progress'] = ({ phase, done, all }) => progressLine.show(phase, done, all);
  try {
    return await withInterrupt((signal) =>
      withRecord(record, (line) =>
        simulate(options, { signal, progress, ...(line === undefined ? {} : { record: line }) }),
      ),
    );
  } finally {
    progressLine.end();
  }
};

const passed = ({ failures, differences, interrupted }: Report): boolean =>
  failures === 0 && differences === 0 && !interrupted;

const run = async (command: Command, streams: Streams): Promise<void> => {
  const { record, seed, ...options } = Options.parse(command.opts());
  const endpoint = await findEndpoint(command, streams);
  const chosen = { ...endpoint, ...options, seed: seed ?? String(randomInt(1_000_000)) };
  const report = await runSimulation(chosen, record, streams);
  printResult(command, streams, { json: report, text: toSimulationText(report) });
  if (!passed(report)) throw new CliError(`${toVerdict(report)}.`);
};

const titles: Readonly<Record<ProviderName, string>> = {
  okta: 'Okta, custom app',
  'okta-oin': 'Okta, catalog app',
  entra: 'Microsoft Entra ID',
  onelogin: 'OneLogin',
  jumpcloud: 'JumpCloud',
  ping: 'PingFederate',
};

export function addSimulateCommand(program: Command, streams: Streams): void {
  const providerList = providerNames.map((name) => `  ${name.padEnd(10)} ${titles[name]}\n`).join('');
  const command = program
    .command('simulate')
    .summary('simulate an identity provider against a SCIM server')
    .description(
      'Simulate an identity provider against any SCIM server: its connection test, an initial sync of users and groups, and days of joiners, movers, leavers and renames. Finally, compare the result with the users and groups that the server lists.',
    )
    .addOption(new Option('--idp <name>', 'identity provider to simulate').choices(providerNames).makeOptionMandatory())
    .option('--users <n>', 'number of users in the initial sync', integerFrom(0, 1_000_000), 100)
    .option('--groups <n>', 'number of groups in the initial sync', integerFrom(0, 100_000), 10)
    .option('--days <n>', 'number of days of changes after the initial sync', integerFrom(0, 1000), 1)
    .option('--seed <text>', 'seed; the same seed sends the same requests (default: random)', parseSeed)
    .option('--rate <n>', 'maximum requests per second (default: unlimited)', parseRate)
    .option('--concurrency <n>', 'number of users or groups processed at once', integerFrom(1, 256), 4)
    .option('--record <file>', 'write each exchange to this file as a line of JSON, without the token')
    .option('--cleanup', 'delete all created users and groups at the end')
    .action(async (_: unknown, command: Command) => run(command, streams));
  withEndpoint(command).addHelpText(
    'after',
    `\nIdentity providers:\n${providerList}\nExamples:\n  $ scim simulate --idp entra --users 500 --groups 20 --seed 1\n  $ scim simulate --idp okta --url https://host/scim/v2 --rate 25 --cleanup --json\n`,
  );
}
