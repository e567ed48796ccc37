/** `scim events ...`, in particular `tail`. */
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { Slug } from '../admin/directory-messages.ts';
import { parseJson } from '../common/json-text.ts';
import { toTerminalText } from '../common/terminal-text.ts';
import { CliError } from './cli-error.ts';
import { argumentParser, type Streams, withStack } from './command-context.ts';
import { runFile } from './deployment.ts';
import { addDeliveryCommands } from './event-delivery-commands.ts';
import { followFile } from './follow-file.ts';

/** In the folder of the run file; bin/dev-server.ts writes both. */
const EVENTS_FILE = 'events.ndjson';

const TailOptions = z.object({
  type: z.array(z.string()).optional(),
  directory: z.string().optional(),
  fromStart: z.boolean().default(false),
  count: z.number().optional(),
  file: z.string().optional(),
  stack: z.string().optional(),
  json: z.boolean().default(false),
});
type TailOptions = z.infer<typeof TailOptions>;

const Named = z.object({
  userName: z.string().optional(),
  displayName: z.string().optional(),
  id: z.string().optional(),
});
const Event = z.object({
  'detail-type': z.string(),
  detail: z.object({
    occurredAt: z.string().optional(),
    reason: z.string().optional(),
    directory: z.object({ id: z.string() }).optional(),
    user: Named.optional(),
    group: Named.optional(),
    memberGroup: Named.optional(),
    changes: z.array(z.object({ path: z.string() })).optional(),
  }),
});
type Event = z.infer<typeof Event>;

const TYPE = /^[a-z]+(_[a-z]+)*\.([a-z]+(_[a-z]+)*|\*)$/;
const addType = (text: string, previous: readonly string[] = []): readonly string[] => {
  if (!TYPE.test(text))
    throw new InvalidArgumentError('Expected a type such as user.created, or user.* for all user events.');
  return [...previous, text];
};
const parseCount = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a positive integer.');
  return Number(text);
};

const isOfType = (type: string, wanted: string) =>
  wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
const isWanted = (event: Event, { type: types, directory }: TailOptions): boolean =>
  (types === undefined || types.some((type) => isOfType(event['detail-type'], type))) &&
  (directory === undefined || event.detail.directory?.id === directory);

/** For example `2026-11-21T10:00:00.000Z acme user.updated ann@acme.com: title, active`. A directory has no name here. */
const toLine = ({ 'detail-type': type, detail }: Event): string => {
  const { occurredAt, directory, user, group, memberGroup, changes = [], reason } = detail;
  const names = [group, user, memberGroup].flatMap((named) => named?.userName ?? named?.displayName ?? named?.id ?? []);
  const paths = changes.length === 0 ? '' : `: ${changes.map(({ path }) => path).join(', ')}`;
  const suffix = reason === undefined || reason === 'change' ? '' : ` (${reason})`;
  const parts = [occurredAt, directory?.id, type, names.join(', ')];
  const subject = parts.filter((part) => part !== undefined && part !== '').join(' ');
  return `${toTerminalText(`${subject}${paths}${suffix}`)}\n`;
};

const parseEvent = (text: string): Event | undefined => Event.safeParse(parseJson(text)).data;

const badUsage = (text: string) => new CliError(text, 2);
const checkUsage = ({ stack, file, fromStart }: TailOptions): void => {
  if (stack === undefined) return;
  if (file !== undefined) throw badUsage('Pass either --file for a local run or --stack for a deployment, not both.');
  if (fromStart)
    throw badUsage('--from-start requires a local run. Use scim events replay for past events of a deployment.');
};

const tailFile = ({ file, fromStart }: TailOptions, { environment }: Streams, signal: AbortSignal) => {
  const path = file ?? join(dirname(runFile(environment)), EVENTS_FILE);
  return followFile(path, { fromStart, signal });
};
const toCliError = (error: unknown) => {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error)) throw error;
  throw new CliError(
    `No events file found: ${error.path} does not exist. Start the local run with npm start, or pass --file.`,
  );
};

async function* tailStack(stack: string, { directory, type: types }: TailOptions, streams: Streams & Interruptible) {
  const [{ readStackOutputs }, { tailBus }] = await Promise.all([
    import('./aws-deployment.ts'),
    import('./bus-tail.ts'),
  ]);
  const busName = (await readStackOutputs(stack)).get('EventBusName');
  if (busName === undefined)
    throw new CliError(`Stack ${stack} has no output EventBusName. Pass the name of a Rollcall stack.`);
  const log = (text: string) => streams.err(`${text}\n`);
  try {
    yield* tailBus({ busName, directory, types, signal: streams.signal, log });
  } catch (error) {
    throw new CliError(`Cannot tail event bus ${busName}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
type Interruptible = { readonly signal: AbortSignal };

type Found = { readonly text: string; readonly event: Event };
async function* wantedEvents(lines: AsyncIterable<string>, options: TailOptions): AsyncGenerator<Found> {
  let left = options.count ?? Number.POSITIVE_INFINITY;
  for await (const text of lines) {
    const event = parseEvent(text);
    if (event === undefined || !isWanted(event, options)) continue;
    yield { text, event };
    left -= 1;
    if (left === 0) return;
  }
}

const tail = async (options: TailOptions, streams: Streams): Promise<void> => {
  checkUsage(options);
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { signal } = controller;
  const lines =
    options.stack === undefined
      ? tailFile(options, streams, signal)
      : tailStack(options.stack, options, { ...streams, signal });
  const show = async () => {
    for await (const { text, event } of wantedEvents(lines, options)) {
      streams.out(options.json ? `${toTerminalText(text)}\n` : toLine(event));
      await streams.drained?.();
    }
  };
  await show()
    .catch(toCliError)
    .finally(() => process.off('SIGINT', stop).off('SIGTERM', stop));
};

export function addEventsCommands(program: Command, streams: Streams): void {
  const events = program
    .command('events')
    .summary('show and publish lifecycle events')
    .description('Show lifecycle events as they happen, and publish them again.');
  addDeliveryCommands(events, streams);
  const command = events
    .command('tail')
    .summary('show events as they happen')
    .description(
      'Show lifecycle events as they happen, until Ctrl-C. Reads the local run or, with --stack, a deployment through a ' +
        'temporary rule and queue.',
    )
    .option('--type <type>', 'only events of this type, for example user.created or user.*; may be repeated', addType)
    .option('--directory <id>', 'only events of this directory', argumentParser(Slug))
    .option('--from-start', 'local run only: include past events')
    .option('--count <n>', 'stop after n events', parseCount)
    .option('--file <file>', 'events file to read (default: the file of the local run)')
    .action((_: unknown, command: Command) => tail(TailOptions.parse(command.opts()), streams));
  withStack(command, [
    'scim events tail',
    'scim events tail --directory acme --type user.* --type group.member_added',
    'scim events tail --from-start --count 10 --json',
    'scim events tail --stack Rollcall --type user.deactivated',
  ]);
}
