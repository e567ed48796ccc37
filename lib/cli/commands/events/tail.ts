import { dirname, join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../../common/json-text.ts';
import { toTerminalText } from '../../../common/terminal-text.ts';
import { CliError } from '../../cli-error.ts';
import { defineCommand, type OptionsOf } from '../../command.ts';
import { stackOptions } from '../../connection.ts';
import { refuseAccount, runFile } from '../../deployment.ts';
import { followFile } from '../../follow-file.ts';
import { addEventType, integerFrom } from '../../parsers.ts';
import { parseSlug } from '../../shared-arguments.ts';
import type { Streams } from '../../streams.ts';

/** In the folder of the run file; bin/dev-server.ts writes both. */
const EVENTS_FILE = 'events.ndjson';

const options = {
  type: {
    value: 'type',
    description: 'only events of this type, for example user.created or user.*; may be repeated',
    parse: addEventType,
  },
  directory: { value: 'id', description: 'only events of this directory', parse: parseSlug },
  fromStart: { description: 'local run only: include past events' },
  count: { value: 'n', description: 'stop after n events', parse: integerFrom(1, 999_999_999) },
  file: { value: 'file', description: 'events file to read (default: the file of the local run)' },
  ...stackOptions,
} as const;
type TailOptions = OptionsOf<typeof options>;

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
const checkUsage = (given: TailOptions): void => {
  const { stack, file, fromStart } = given;
  if (stack === undefined) {
    refuseAccount(given);
    return;
  }
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

async function* tailStack(stack: string, given: TailOptions, streams: Streams & Interruptible) {
  const { directory, type: types } = given;
  const [{ readStackOutputs }, { openBusClients, tailBus }] = await Promise.all([
    import('../../aws-deployment.ts'),
    import('../../bus-tail.ts'),
  ]);
  const busName = (await readStackOutputs(stack, given)).get('EventBusName');
  if (busName === undefined)
    throw new CliError(`Stack ${stack} has no output EventBusName. Pass the name of a Rollcall stack.`);
  const log = (text: string) => streams.err(`${text}\n`);
  try {
    yield* tailBus({ busName, directory, types, signal: streams.signal, log }, openBusClients(given));
  } catch (error) {
    throw new CliError(`Cannot tail event bus ${busName}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
type Interruptible = { readonly signal: AbortSignal };

type Found = { readonly text: string; readonly event: Event };
async function* wantedEvents(lines: AsyncIterable<string>, given: TailOptions): AsyncGenerator<Found> {
  let left = given.count ?? Number.POSITIVE_INFINITY;
  for await (const text of lines) {
    const event = parseEvent(text);
    if (event === undefined || !isWanted(event, given)) continue;
    yield { text, event };
    left -= 1;
    if (left === 0) return;
  }
}

const tail = async (given: TailOptions, streams: Streams): Promise<void> => {
  checkUsage(given);
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { signal } = controller;
  const lines =
    given.stack === undefined
      ? tailFile(given, streams, signal)
      : tailStack(given.stack, given, { ...streams, signal });
  const show = async () => {
    for await (const { text, event } of wantedEvents(lines, given)) {
      streams.out(given.json ? `${toTerminalText(text)}\n` : toLine(event));
      await streams.drained?.();
    }
  };
  await show()
    .catch(toCliError)
    .finally(() => process.off('SIGINT', stop).off('SIGTERM', stop));
};

export const tailEvents = defineCommand({
  path: ['events', 'tail'],
  summary: 'show events as they happen',
  description:
    'Show lifecycle events as they happen, until Ctrl-C. Reads the local run or, with --stack, a deployment through a temporary rule and queue.',
  arguments: {},
  options,
  examples: [
    'scim events tail',
    'scim events tail --directory acme --type user.* --type group.member_added',
    'scim events tail --from-start --count 10 --json',
    'scim events tail --stack Rollcall --type user.deactivated',
  ],
  run: ({ options: given, streams }) => tail(given, streams),
});
