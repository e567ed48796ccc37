/** `scim events ...` */

import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { Slug } from '../admin/directory-messages.ts';
import { parseJson } from '../common/json-text.ts';
import { toTerminalText } from '../common/terminal-text.ts';
import { CliError } from './cli-error.ts';
import { argumentOf, type Streams, withConnection } from './command-context.ts';
import { runFile } from './deployment.ts';
import { addDeliveryCommands } from './event-delivery-commands.ts';
import { followFile } from './follow-file.ts';

/** Beside the run's own file: bin/dev-server.ts writes both. */
const EVENTS_FILE = 'events.ndjson';

const TailOptions = z.object({
  type: z.array(z.string()).optional(),
  directory: z.string().optional(),
  fromStart: z.boolean().default(false),
  count: z.number().optional(),
  file: z.string().optional(),
  stack: z.string().optional(),
  url: z.string().optional(),
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
const addType = (text: string, before: readonly string[] = []): readonly string[] => {
  if (!TYPE.test(text)) throw new InvalidArgumentError('A type is written user.created, or user.* for all of users.');
  return [...before, text];
};
const parseCount = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a positive integer.');
  return Number(text);
};

const isOfType = (type: string, wanted: string) =>
  wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
const isWanted = (event: Event, { type: types, directory }: TailOptions): boolean =>
  (types === undefined || types.some((type) => isOfType(event['detail-type'], type))) &&
  (directory === undefined || event.detail.directory?.id === directory);

/** For example `2026-11-21T10:00:00.000Z acme user.updated ann@acme.com: title, active`. */
const toLine = ({ 'detail-type': type, detail }: Event): string => {
  const { occurredAt, directory, user, group, memberGroup, changes = [], reason } = detail;
  const names = [group, user, memberGroup].flatMap((who) => who?.userName ?? who?.displayName ?? who?.id ?? []);
  const paths = changes.length === 0 ? '' : `: ${changes.map(({ path }) => path).join(', ')}`;
  const why = reason === undefined || reason === 'change' ? undefined : `(${reason})`;
  const parts = [occurredAt, directory?.id, type, `${names.join(', ')}${paths}`, why];
  return `${toTerminalText(parts.filter((part) => part !== undefined && part !== '').join(' '))}\n`;
};

const parseEvent = (text: string): Event | undefined => Event.safeParse(parseJson(text)).data;

const refuse = (text: string) => new CliError(text, 2);
const checkUsage = ({ stack, url, file, fromStart }: TailOptions): void => {
  if (url !== undefined) throw refuse('--url does not say where the events are: a deployment is tailed with --stack.');
  if (stack === undefined) return;
  if (file !== undefined) throw refuse('--file is for the local run, --stack for a deployment: say one of them.');
  if (fromStart)
    throw refuse('--from-start is for the local run: scim events replay tells those of a deployment again.');
};

const tailFile = ({ file, fromStart }: TailOptions, { environment }: Streams, signal: AbortSignal) => {
  const path = file ?? join(dirname(runFile(environment)), EVENTS_FILE);
  return followFile(path, { fromStart, signal });
};
const noFile = (error: unknown) => {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error)) throw error;
  throw new CliError(`There are no events at ${error.path}. Is the local run started (npm start)?`);
};

async function* tailStack(stack: string, { directory, type: types }: TailOptions, streams: Streams & Ending) {
  const [{ readStackOutputs }, { tailBus }] = await Promise.all([
    import('./aws-deployment.ts'),
    import('./bus-tail.ts'),
  ]);
  const busName = (await readStackOutputs(stack)).get('EventBusName');
  if (busName === undefined) throw new CliError(`The stack ${stack} has no output EventBusName: is it Rollcall's?`);
  const say = (text: string) => streams.err(`${text}\n`);
  try {
    yield* tailBus({ busName, directory, types, signal: streams.signal, say });
  } catch (error) {
    throw new CliError(`Cannot tail the bus ${busName}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
type Ending = { readonly signal: AbortSignal };

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
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const { signal } = ending;
  const lines =
    options.stack === undefined
      ? tailFile(options, streams, signal)
      : tailStack(options.stack, options, { ...streams, signal });
  const show = async () => {
    for await (const { text, event } of wantedEvents(lines, options)) {
      streams.out(options.json ? `${text}\n` : toLine(event));
      await streams.drained?.();
    }
  };
  await show()
    .catch(noFile)
    .finally(() => process.off('SIGINT', end).off('SIGTERM', end));
};

export function addEventsCommands(program: Command, streams: Streams): void {
  const events = program.command('events').description('Lifecycle events, as subscribers receive them.');
  addDeliveryCommands(events, streams);
  const command = events
    .command('tail')
    .summary('show events as they happen')
    .description(
      'Show lifecycle events as they happen, until Ctrl-C: of the local run, or with --stack of a deployment, by a rule ' +
        'on its bus and a queue that are there for so long.',
    )
    .option('--type <type>', 'only this type, for example user.created or user.*; may be repeated', addType)
    .option('--directory <id>', 'only those of this directory', argumentOf(Slug))
    .option('--from-start', 'local run: those that happened before, too')
    .option('--count <n>', 'end after so many', parseCount)
    .option('--file <file>', 'read this events file (default: that of the local run)')
    .action((_: unknown, command: Command) => tail(TailOptions.parse(command.opts()), streams));
  withConnection(command, [
    'scim events tail',
    'scim events tail --directory acme --type user.* --type group.member_added',
    'scim events tail --from-start --count 10 --json',
    'scim events tail --stack Rollcall --type user.deactivated',
  ]);
}
