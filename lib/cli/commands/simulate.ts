import { randomInt } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { type ProviderName, providerNames } from '../../simulate/providers.ts';
import { type Hooks, type Report, type SimulationOptions, simulate } from '../../simulate/simulation.ts';
import { CliError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { printResult } from '../connection.ts';
import { withInterrupt } from '../interrupt.ts';
import { integerFrom } from '../parsers.ts';
import { createProgress } from '../progress.ts';
import { endpointOptions, findEndpoint } from '../scim-endpoint.ts';
import { toSimulationText, toVerdict } from '../simulate-report.ts';
import type { Streams } from '../streams.ts';

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

const titles: Readonly<Record<ProviderName, string>> = {
  okta: 'Okta, custom app',
  'okta-oin': 'Okta, catalog app',
  entra: 'Microsoft Entra ID',
  onelogin: 'OneLogin',
  jumpcloud: 'JumpCloud',
  ping: 'PingFederate',
};

const providerList = providerNames.map((name) => `  ${name.padEnd(10)} ${titles[name]}\n`).join('');

export const simulateProvider = defineCommand({
  path: ['simulate'],
  summary: 'simulate an identity provider against a SCIM server',
  description:
    'Simulate an identity provider against any SCIM server: its connection test, an initial sync of users and groups, and days of joiners, movers, leavers and renames. Finally, compare the result with the users and groups that the server lists.',
  arguments: {},
  options: {
    idp: { value: 'name', description: 'identity provider to simulate', choices: providerNames, required: true },
    users: {
      value: 'n',
      description: 'number of users in the initial sync',
      parse: integerFrom(0, 1_000_000),
      default: 100,
    },
    groups: {
      value: 'n',
      description: 'number of groups in the initial sync',
      parse: integerFrom(0, 100_000),
      default: 10,
    },
    days: {
      value: 'n',
      description: 'number of days of changes after the initial sync',
      parse: integerFrom(0, 1000),
      default: 1,
    },
    seed: {
      value: 'text',
      description: 'seed; the same seed sends the same requests (default: random)',
      parse: parseSeed,
    },
    rate: { value: 'n', description: 'maximum requests per second (default: unlimited)', parse: parseRate },
    concurrency: {
      value: 'n',
      description: 'number of users or groups processed at once',
      parse: integerFrom(1, 256),
      default: 4,
    },
    record: { value: 'file', description: 'write each exchange to this file as a line of JSON, without the token' },
    cleanup: { description: 'delete all created users and groups at the end' },
    ...endpointOptions,
  },
  notes: `Identity providers:\n${providerList}`,
  examples: [
    'scim simulate --idp entra --users 500 --groups 20 --seed 1',
    'scim simulate --idp okta --url https://host/scim/v2 --rate 25 --cleanup --json',
  ],
  async run({ options, streams }) {
    const { idp, users, groups, days, rate, concurrency, cleanup, record } = options;
    const endpoint = await findEndpoint(options, streams);
    const seed = options.seed ?? String(randomInt(1_000_000));
    const chosen = { ...endpoint, idp, users, groups, days, seed, rate, concurrency, cleanup };
    const report = await runSimulation(chosen, record, streams);
    printResult(options, streams, { json: report, text: toSimulationText(report) });
    if (!passed(report)) throw new CliError(`${toVerdict(report)}.`);
  },
});
