/** `scim export` */

import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { Slug } from '../admin/directory-messages.ts';
import { type ExportReport, type ExportSource, exportDirectory } from '../transfer/export-directory.ts';
import { CliError } from './cli-error.ts';
import { argumentOf, findTarget, type Streams, withConnection } from './command-context.ts';
import { onEnd } from './interrupt.ts';
import { createProgress } from './progress.ts';
import { createScimSource } from './scim-source.ts';
import { createExportSource } from './transfer-client.ts';

const ExportOptions = z.object({
  out: z.string().optional(),
  token: z.string().optional(),
  url: z.string().optional(),
  json: z.boolean().default(false),
});
type ExportOptions = z.infer<typeof ExportOptions>;

type Sink = {
  readonly write: (line: string) => Promise<void>;
  readonly close: () => Promise<void>;
  /** In place of `close`, after a failure. */
  readonly abandon: () => Promise<void>;
};

const cannotWrite = (file: string) => (error: unknown) =>
  Promise.reject(new CliError(`Cannot write ${file}: ${error instanceof Error ? error.message : error}`));

const WRITE_BYTES = 256 * 1024;

/**
 * Names of people: for nobody else to read. It has its name only when it is whole; what is no plain file, a device or a
 * pipe, is written to as it is.
 */
const openFile = async (name: string): Promise<Sink> => {
  const file = await realpath(name).catch(() => name);
  const isPlain = await stat(file).then(
    (found) => found.isFile(),
    () => true,
  );
  const part = isPlain ? `${file}.part` : file;
  const handle = await open(part, 'w', 0o600).catch(cannotWrite(file));
  const takeBack = isPlain ? onEnd(() => rmSync(part, { force: true })) : () => {};
  let waiting: string[] = [];
  let size = 0;
  const flush = async () => {
    // Not `write`, which may write a part only, as when the disk is full.
    await handle.appendFile(waiting.join('')).catch(cannotWrite(file));
    waiting = [];
    size = 0;
  };
  return {
    write: async (line) => {
      waiting.push(line);
      size += line.length;
      if (size >= WRITE_BYTES) await flush();
    },
    close: async () => {
      await flush();
      await handle.close();
      if (isPlain) await rename(part, file).catch(cannotWrite(file));
      takeBack();
    },
    abandon: async () => {
      await handle.close();
      if (isPlain) await rm(part, { force: true });
      takeBack();
    },
  };
};

const toOutput = ({ out, drained }: Streams): Sink => ({
  write: async (line) => {
    out(line);
    await drained?.();
  },
  close: async () => {},
  abandon: async () => {},
});

const toSource = async (
  directory: string | undefined,
  { token, url }: ExportOptions,
  { command, streams }: { command: Command; streams: Streams },
): Promise<ExportSource> => {
  if (directory !== undefined) {
    if (token !== undefined) throw new CliError('with --token the token says which directory it is', 2);
    return createExportSource(await findTarget(command, streams), directory);
  }
  const bearer = token ?? streams.environment.SCIM_TOKEN ?? '';
  if (bearer === '') throw new CliError('say which directory, or a SCIM server by --url and --token', 2);
  if (url === undefined || !/^https?:/i.test(url) || !URL.canParse(url))
    throw new CliError('--token is that of a SCIM server, whose base URL --url says', 2);
  return createScimSource({ baseUrl: url.replace(/\/+$/, ''), token: bearer });
};

const run = async (source: ExportSource, options: ExportOptions, streams: Streams): Promise<ExportReport> => {
  const progress = createProgress(streams.terminal === true ? streams.err : undefined);
  const sink = options.out === undefined ? toOutput(streams) : await openFile(options.out);
  try {
    const report = await exportDirectory({ source, write: sink.write, progress: progress.show });
    await sink.close();
    return report;
  } catch (error) {
    await sink.abandon();
    throw error;
  } finally {
    progress.end();
  }
};

export function addExportCommand(program: Command, streams: Streams): void {
  const command = program
    .command('export')
    .summary('write a directory to a file')
    .description(
      'Write a directory as JSON lines: a header, users, then groups with their members. Tokens are no part of it.',
    )
    .argument('[directory]', "the directory's id", argumentOf(Slug))
    .option('--out <file>', 'write there (default: standard output)')
    .option('--token <text>', 'with --url: a bearer token of any SCIM server, read in its place (default: SCIM_TOKEN)')
    .action(async (directory: unknown, _: unknown, command: Command) => {
      const options = ExportOptions.parse(command.opts());
      const id = directory === undefined ? undefined : String(directory);
      const source = await toSource(id, options, { command, streams });
      const report = await run(source, options, streams);
      const { users, groups, memberships } = report;
      const text = `${users} users, ${groups} groups and ${memberships} memberships are exported.\n`;
      // Where the lines themselves go to standard output, nothing else may.
      const say = options.out === undefined ? streams.err : streams.out;
      say(options.json ? `${JSON.stringify({ ...report, file: options.out })}\n` : text);
    });
  withConnection(command, [
    'scim export acme --out acme.ndjson',
    'scim export acme --stack Rollcall > acme.ndjson',
    'SCIM_TOKEN=... scim export --url https://scim.example.com/v2 --out users.ndjson',
  ]);
}
