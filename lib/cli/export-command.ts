/** `scim export` */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { Slug } from '../admin/directory-messages.ts';
import { type ExportReport, type ExportSource, exportDirectory } from '../transfer/export-directory.ts';
import { CliError } from './cli-error.ts';
import { argumentParser, findTarget, type Streams, withConnection } from './command-context.ts';
import { onTermination } from './interrupt.ts';
import { createProgress } from './progress.ts';
import { createScimSource } from './scim-source.ts';
import { createExportSource } from './transfer-client.ts';
import { counted } from './wording.ts';

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
  /** Called instead of `close` after a failure. */
  readonly abandon: () => Promise<void>;
};

const cannotWrite = (file: string) => (error: unknown) =>
  Promise.reject(new CliError(`Cannot write ${file}: ${error instanceof Error ? error.message : error}`));

const WRITE_BYTES = 256 * 1024;

/**
 * Opens the output file, readable by its owner only, because it holds personal data. A plain file is written as
 * `<file>.<random>.part` and renamed when complete; a device or a pipe is written directly. The part is always a new
 * file, so that the export never writes through a link, or into a file that another user has created there.
 */
const openFile = async (name: string): Promise<Sink> => {
  const file = await realpath(name).catch(() => name);
  const isPlain = await stat(file).then(
    (found) => found.isFile(),
    () => true,
  );
  const part = isPlain ? `${file}.${randomUUID()}.part` : file;
  const handle = await open(part, isPlain ? 'wx' : 'w', 0o600).catch(cannotWrite(file));
  const stopCleanUp = isPlain ? onTermination(() => rmSync(part, { force: true })) : () => {};
  let waiting: string[] = [];
  let size = 0;
  const flush = async () => {
    // Unlike `write`, this never writes only a part of the data, for example when the disk is full.
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
      stopCleanUp();
    },
    abandon: async () => {
      await handle.close();
      if (isPlain) await rm(part, { force: true });
      stopCleanUp();
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
    if (token !== undefined)
      throw new CliError('A directory id cannot be used with --token: the token identifies the directory.', 2);
    return createExportSource(await findTarget(command, streams), directory);
  }
  const bearer = token ?? streams.environment.SCIM_TOKEN ?? '';
  if (bearer === '') throw new CliError('Pass a directory id, or --url and --token to export from any SCIM server.', 2);
  if (url === undefined || !/^https?:/i.test(url) || !URL.canParse(url))
    throw new CliError('A token requires --url with the http or https base URL of the SCIM server.', 2);
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
    .summary('export a directory to a file')
    .description(
      'Export a directory as JSON lines: a header, users, then groups with their members. Tokens are not exported.',
    )
    .argument('[directory]', 'directory id', argumentParser(Slug))
    .option('--out <file>', 'output file (default: standard output)')
    .option('--token <text>', 'with --url: export from any SCIM server with this bearer token (default: SCIM_TOKEN)')
    .action(async (directory: unknown, _: unknown, command: Command) => {
      const options = ExportOptions.parse(command.opts());
      const id = directory === undefined ? undefined : String(directory);
      const source = await toSource(id, options, { command, streams });
      const report = await run(source, options, streams);
      const [users, groups] = [counted(report.users, 'user'), counted(report.groups, 'group')];
      const text = `Exported ${users}, ${groups} and ${counted(report.memberships, 'membership')}.\n`;
      // If the export goes to standard output, nothing else may.
      const print = options.out === undefined ? streams.err : streams.out;
      print(options.json ? `${JSON.stringify({ ...report, file: options.out })}\n` : text);
    });
  withConnection(command, [
    'scim export acme --out acme.ndjson',
    'scim export acme --stack Rollcall > acme.ndjson',
    'SCIM_TOKEN=... scim export --url https://scim.example.com/v2 --out users.ndjson',
  ]);
}
