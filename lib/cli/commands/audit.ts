import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { parseJson } from '../../common/json-text.ts';
import { toTerminalText } from '../../common/terminal-text.ts';
import type { Audit, Cost } from '../../store/audit/audit.ts';
import { CliError } from '../cli-error.ts';
import { defineCommand, type OptionsOf } from '../command.ts';
import { printResult, stackOptions } from '../connection.ts';
import { runFile } from '../deployment.ts';
import { integerFrom } from '../parsers.ts';
import { createProgress } from '../progress.ts';
import type { Streams } from '../streams.ts';
import { counted } from '../wording.ts';

const TABLE_NAME = 'rollcall';
/** Of the 12,000 read units per second of a new on-demand table. */
const DEFAULT_RCU = 500;
const MAX_PRINTED = 50;

const parseEndpoint = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new InvalidArgumentError('Expected an http or https URL.');
  return text;
};

const options = {
  fix: { description: 'mend what can be mended (default: dry run)' },
  rcu: {
    value: 'number',
    description: `read units per second at most (default: ${DEFAULT_RCU} in AWS, unlimited for a local run)`,
    parse: integerFrom(1, 1_000_000),
  },
  ...stackOptions,
  stack: { ...stackOptions.stack, conflicts: ['table', 'endpoint'] },
  table: { value: 'name', description: 'table in AWS, for example a restored one; or of --endpoint' },
  endpoint: {
    value: 'url',
    description: 'DynamoDB-compatible server (default: that of the local run)',
    parse: parseEndpoint,
    conflicts: ['profile', 'region'],
  },
} as const;
type AuditOptions = OptionsOf<typeof options>;

type Place = { readonly tableName: string; readonly endpoint?: string };
const Run = z.object({ dynamodb: z.object({ endpoint: z.url(), tableName: z.string() }) });

const readRun = async ({ environment }: Streams): Promise<Place> => {
  const file = runFile(environment);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new CliError(
      `No local run found: ${file} does not exist. Start it with npm start, set ROLLCALL_DATA, or pass --stack or --table.`,
    );
  const { data } = Run.safeParse(parseJson(text));
  if (data === undefined) throw new CliError(`${file} names no DynamoDB endpoint. Restart the local run.`);
  return data.dynamodb;
};

const readStack = async (stack: string, given: AuditOptions): Promise<Place> => {
  const { readStackOutputs } = await import('../aws-deployment.ts');
  const tableName = (await readStackOutputs(stack, given)).get('TableName');
  if (tableName === undefined)
    throw new CliError(`Stack ${stack} has no output TableName. Pass the name of a Rollcall stack.`);
  return { tableName };
};

const findTable = (given: AuditOptions, streams: Streams): Promise<Place> | Place => {
  const { stack, table, endpoint, profile, region } = given;
  if (endpoint !== undefined) return { endpoint, tableName: table ?? TABLE_NAME };
  if (stack !== undefined) return readStack(stack, given);
  if (table !== undefined) return { tableName: table };
  if ((profile ?? region) !== undefined) throw new CliError('--profile and --region require --stack or --table.', 2);
  return readRun(streams);
};

const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 4 });

const toCostText = (tableName: string, { items, bytes, units, dollars }: Cost, rcu: number | undefined): string => {
  const time = rcu === undefined ? '' : ` in ${counted(Math.ceil(units / rcu), 'second')} at ${number(rcu)} per second`;
  return `Table ${tableName}: about ${number(items)} items, ${number(bytes / 2 ** 20)} MB. Each round of the audit reads at most ${number(units)} read units${time}, USD ${number(dollars)} on demand.\n`;
};

const toText = ({ faults, items, directories, tombstones, toSweep }: Audit, fix: boolean): string => {
  const lines = faults.slice(0, MAX_PRINTED).map(({ text, outcome, reason }) => {
    const why = reason === undefined ? '' : `: ${reason}`;
    return `${outcome.padEnd(7)}  ${toTerminalText(text)}${toTerminalText(why)}\n`;
  });
  const rest = faults.length - lines.length;
  const fixable = faults.filter(({ outcome }) => outcome === 'fixable').length;
  const fixed = faults.filter(({ outcome }) => outcome === 'fixed').length;
  const done = fix
    ? ` Fixed ${fixed}.`
    : ` Nothing was written.${fixable > 0 ? ` Pass --fix to mend ${fixable}.` : ''}`;
  return [
    ...lines,
    rest > 0 ? `and ${counted(rest, 'more fault')}; pass --json for all\n` : '',
    `${counted(faults.length, 'fault')} in ${counted(items, 'item')} (${counted(directories, 'directory', 'directories')}, ${counted(tombstones, 'tombstone')}, ${counted(toSweep, 'cleanup marker')}).${faults.length > 0 ? done : ''}\n`,
  ].join('');
};

const accountOf = ({ endpoint }: Place, { profile, region }: AuditOptions) => {
  if (endpoint !== undefined) return { endpoint };
  return { ...(profile === undefined ? {} : { profile }), ...(region === undefined ? {} : { region }) };
};

/** Errors of the SDK, and those of the store, which hide theirs as the cause. */
const toCliError = (tableName: string) => (error: unknown) => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  throw new CliError(`Cannot read table ${tableName}: ${cause instanceof Error ? cause.message : String(cause)}`);
};

const run = async (given: AuditOptions, streams: Streams): Promise<Audit> => {
  const place = await findTable(given, streams);
  const { tableName } = place;
  // On demand, because importing the SDK takes half a second.
  const { audit, estimateCost, openAuditClient } = await import('../../store/audit/audit.ts');
  const client = openAuditClient(accountOf(place, given));
  const progressLine = createProgress(streams.terminal ? streams.err : undefined);
  try {
    const rcu = given.rcu ?? (place.endpoint === undefined ? DEFAULT_RCU : undefined);
    const cost = await estimateCost({ client, tableName });
    if (!given.json) streams.err(toCostText(tableName, cost, rcu));
    const progress = (items: number) => progressLine.show('items', items, undefined);
    return await audit({ client, tableName, progress, fix: given.fix, ...(rcu === undefined ? {} : { rcu }) });
  } catch (error) {
    return toCliError(tableName)(error);
  } finally {
    progressLine.end();
    client.destroy();
  }
};

export const auditTable = defineCommand({
  path: ['audit'],
  summary: 'find and mend orphaned items of the table',
  description:
    'Scan the table of a local run or a deployment for orphaned items: memberships stored on one side only, claims, look-ups, list and sort entries that are missing or have no owner, wrong counts and versions, overdue cleanups, and items of nonexistent directories. With --fix, mend them by conditional writes, which is safe beside live requests; a resource that lacks the entries of a new look-up path gets them. Uses your own AWS credentials, which need dynamodb:DescribeTable, Scan, Query, GetItem and BatchGetItem; --fix also PutItem, UpdateItem, DeleteItem and ConditionCheckItem. Exit code 1: faults were found, or are left.',
  arguments: {},
  options,
  examples: ['scim audit', 'scim audit --stack Rollcall --rcu 1000', 'scim audit --stack Rollcall --fix --json'],
  async run({ options: given, streams }) {
    const result = await run(given, streams);
    printResult(given, streams, { json: { ...result, fix: given.fix }, text: toText(result, given.fix) });
    const open = result.faults.filter(({ outcome }) => outcome !== 'fixed').length;
    if (open > 0) throw new CliError(`${counted(open, 'fault')} ${given.fix ? 'left' : 'found'}.`);
  },
});
