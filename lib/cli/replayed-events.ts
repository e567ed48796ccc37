/** Events of a replay of the local run, read from the run's events file as the replay itself does. */
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { CliError } from './cli-error.ts';
import { runFile } from './deployment.ts';

const Event = z.looseObject({
  time: z.string(),
  'detail-type': z.string(),
  detail: z.looseObject({ directory: z.object({ id: z.string() }) }),
});
type Event = z.infer<typeof Event>;
type Order = {
  readonly since: string;
  readonly until: string;
  readonly directory?: string;
  readonly type?: string;
};
type Source = {
  /** @default the events file of the data folder */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Event times are whole seconds, so the start of the range is rounded down. */
const isWanted = ({ since, until, directory, type }: Order, { time, detail, 'detail-type': detailType }: Event) =>
  Date.parse(time) >= Math.floor(Date.parse(since) / 1000) * 1000 &&
  Date.parse(time) <= Date.parse(until) &&
  (directory === undefined || directory === detail.directory.id) &&
  (type === undefined || type === detailType);

/** Yields the events of a replay, with reason `replay`. @throws CliError if the file cannot be opened */
export async function* readReplayed(order: Order, { file, environment }: Source): AsyncGenerator<Event> {
  const path = file ?? join(dirname(runFile(environment)), 'events.ndjson');
  const stream = createReadStream(path);
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', () =>
      reject(new CliError(`No events file found at ${path}. Pass --file, or set ROLLCALL_DATA.`)),
    );
  });
  for await (const line of createInterface(stream)) {
    if (line === '') continue;
    const event = Event.parse(JSON.parse(line));
    if (isWanted(order, event)) yield { ...event, detail: { ...event.detail, reason: 'replay' } };
  }
}
