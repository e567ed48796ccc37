import { setTimeout as wait } from 'node:timers/promises';
import { ReplayAnswer } from '../../../admin/event-messages.ts';
import type { AdminClient } from '../../../admin-client/admin-client.ts';
import { CliError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { parseEventType, parseTime } from '../../parsers.ts';
import { readReplayed } from '../../replayed-events.ts';
import { parseSlug } from '../../shared-arguments.ts';

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

export const replayEvents = defineCommand({
  path: ['events', 'replay'],
  summary: 'replay archived events',
  description:
    'Replay archived events from a time range (reason: replay). For a local run, the events are printed as well.',
  arguments: {},
  options: {
    since: {
      value: 'when',
      description: 'start of the range: 5m, 2h or 3d ago, or an ISO 8601 time',
      required: true,
      parse: parseTime,
    },
    until: { value: 'when', description: 'end of the range, in the same formats (default: now)', parse: parseTime },
    directory: { value: 'id', description: 'only events of this directory', parse: parseSlug },
    type: {
      value: 'type',
      description: 'only events of this type, for example user.deactivated',
      parse: parseEventType,
    },
    file: { value: 'file', description: 'events file to print from (default: the file of the local run)' },
    ...adminOptions,
  },
  examples: [
    'scim events replay --since 5m --directory demo --json',
    'scim events replay --since 2026-11-21T10:00:00Z --until 2026-11-21T11:00:00Z --stack Rollcall',
  ],
  async run({ options, streams }) {
    const { since, until = new Date().toISOString(), directory, type, file } = options;
    const order = { since, until, ...(directory && { directory }), ...(type && { type }) };
    const replay = await runReplay(await connect(options, streams), order);
    if (file === undefined && (options.stack ?? options.url) !== undefined) {
      printResult(options, streams, { json: replay, text: `Replay ${replay.name} completed.\n` });
      return;
    }
    for await (const event of readReplayed(order, { file, environment: streams.environment }))
      streams.out(options.json ? `${JSON.stringify(event)}\n` : `${event.time} ${event['detail-type']}\n`);
  },
});
