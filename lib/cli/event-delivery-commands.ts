/** `scim events replay`, `redrive`, `backfill` and `send`: deliver events again, or on demand. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { BackfillOrder, ReplayAnswer, StepAnswer, TestEventAnswer } from '../admin/event-messages.ts';
import type { AdminClient } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';
import { argumentParser, connect, printResult, type Streams, withConnection } from './command-context.ts';
import { readReplayed } from './replayed-events.ts';
import { counted } from './wording.ts';

const Slug = BackfillOrder.shape.directory;
const ReplayOptions = z.object({
  since: z.string(),
  until: z.string().optional(),
  directory: z.string().optional(),
  type: z.string().optional(),
  file: z.string().optional(),
  stack: z.string().optional(),
  url: z.string().optional(),
  json: z.boolean().default(false),
});
const DirectoryOption = z.object({ directory: z.string() });

const MINUTE_MS = 60_000;
const units = new Map([
  ['m', MINUTE_MS],
  ['h', 60 * MINUTE_MS],
  ['d', 24 * 60 * MINUTE_MS],
]);
/** Parses an age such as `5m`, `2h` or `3d`, or an ISO 8601 time with an offset. @returns ISO 8601 in UTC */
const parseTime = (text: string): string => {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(Date.now() - Number(count) * (units.get(unit) ?? 0)).toISOString();
  if (!z.iso.datetime({ offset: true }).safeParse(text).success)
    throw new InvalidArgumentError('Expected 5m, 2h, 3d or 2027-01-31T12:00:00Z.');
  return new Date(text).toISOString();
};

const POLL_MS = 500;
const ENDED = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

const runReplay = async (client: AdminClient, order: object) => {
  let replay = await client.ask({ method: 'POST', path: ['events', 'replays'], body: order }, ReplayAnswer);
  while (!ENDED.has(replay.state)) {
    await wait(POLL_MS);
    replay = await client.ask({ method: 'GET', path: ['events', 'replays', replay.name] }, ReplayAnswer);
  }
  if (replay.state !== 'COMPLETED')
    throw new CliError(`Replay ${replay.name} ended with state ${replay.state}: ${replay.reason ?? 'see the log'}.`);
  return replay;
};

const addReplay = (events: Command, streams: Streams): Command =>
  events
    .command('replay')
    .summary('replay archived events')
    .description(
      'Replay archived events from a time range (reason: replay). For a local run, the events are printed as well.',
    )
    .requiredOption('--since <when>', 'start of the range: 5m, 2h or 3d ago, or an ISO 8601 time', parseTime)
    .option('--until <when>', 'end of the range, in the same formats (default: now)', parseTime)
    .option('--directory <id>', 'only events of this directory', argumentParser(Slug))
    .option('--type <type>', 'only events of this type, for example user.deactivated')
    .option('--file <file>', 'events file to print from (default: the file of the local run)')
    .action(async (_: unknown, command: Command) => {
      const options = ReplayOptions.parse(command.opts());
      const { since, until = new Date().toISOString(), directory, type } = options;
      const order = { since, until, ...(directory && { directory }), ...(type && { type }) };
      const replay = await runReplay(await connect(command, streams), order);
      if (options.file === undefined && (options.stack ?? options.url) !== undefined) {
        printResult(command, streams, { json: replay, text: `Replay ${replay.name} completed.\n` });
        return;
      }
      for await (const event of readReplayed(order, { file: options.file, environment: streams.environment }))
        streams.out(options.json ? `${JSON.stringify(event)}\n` : `${event.time} ${event['detail-type']}\n`);
    });

type Steps = { readonly count: number; readonly left: readonly { name: string; reason: string }[] };
/** Repeats the request until the answer has no `next`, and sums up the answers. */
const runSteps = async (client: AdminClient, path: string, order: object): Promise<Steps> => {
  const left: { name: string; reason: string }[] = [];
  let count = 0;
  let next: string | undefined;
  do {
    const body = { ...order, ...(next === undefined ? {} : { next }) };
    const step = await client.ask({ method: 'POST', path: ['events', path], body }, StepAnswer);
    count += step.count;
    left.push(...(step.left ?? []));
    next = step.next;
  } while (next !== undefined);
  return { count, left };
};

const addRedrive = (events: Command, streams: Streams): Command =>
  events
    .command('redrive')
    .summary('retry failed changes')
    .description(
      'Publish the events of changes that exhausted their retries. Changes that succeed are removed from the failure destination.',
    )
    .action(async (_: unknown, command: Command) => {
      const { count, left } = await runSteps(await connect(command, streams), 'redrive', {});
      const text = `Published the events of ${counted(count, 'change')}. ${counted(left.length, 'batch', 'batches')} failed again.\n`;
      printResult(command, streams, { json: { redriven: count, left }, text });
      if (left.length > 0)
        throw new CliError(`Failed again: ${left.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.`);
    });

const addBackfill = (events: Command, streams: Streams): Command =>
  events
    .command('backfill')
    .summary('publish the current state of a directory')
    .description(
      'Publish every user, group and membership of a directory as it is now (reason: backfill), for a subscriber added later. Has no effect on a subscriber that is up to date.',
    )
    .requiredOption('--directory <id>', 'directory to publish', argumentParser(Slug))
    .action(async (_: unknown, command: Command) => {
      const { directory } = DirectoryOption.parse(command.opts());
      const { count } = await runSteps(await connect(command, streams), 'backfill', { directory });
      const text = `Backfilled directory ${directory}: ${counted(count, 'event')}.\n`;
      printResult(command, streams, { json: { directory, events: count }, text });
    });

const addSend = (events: Command, streams: Streams): Command =>
  events
    .command('send')
    .summary('send a test event')
    .description('Send a sample event about a fictitious user or group, to test a rule and its target.')
    .argument('<type>', 'event type, for example user.deactivated')
    .requiredOption('--directory <id>', 'directory of the event', argumentParser(Slug))
    .action(async (type: unknown, _: unknown, command: Command) => {
      const { directory } = DirectoryOption.parse(command.opts());
      const client = await connect(command, streams);
      const body = { type: String(type), directory };
      const sent = await client.ask({ method: 'POST', path: ['events', 'send'], body }, TestEventAnswer);
      printResult(command, streams, { json: sent, text: `Sent ${type}: ${sent.eventId}\n` });
    });

/** Adds `replay`, `redrive`, `backfill` and `send`. @param events the command `scim events` */
export function addDeliveryCommands(events: Command, streams: Streams): void {
  withConnection(addReplay(events, streams), [
    'scim events replay --since 5m --directory demo --json',
    'scim events replay --since 2026-11-21T10:00:00Z --until 2026-11-21T11:00:00Z --stack Rollcall',
  ]);
  withConnection(addRedrive(events, streams), ['scim events redrive', 'scim events redrive --stack Rollcall']);
  withConnection(addBackfill(events, streams), ['scim events backfill --directory acme --stack Rollcall']);
  withConnection(addSend(events, streams), ['scim events send user.deactivated --directory demo']);
}
