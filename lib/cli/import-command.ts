/** `scim import` */

import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { DirectorySettings, Slug } from '../admin/directory-messages.ts';
import type { AdminClientOptions } from '../admin-client/admin-client.ts';
import { createAdminClient } from '../admin-client/admin-client.ts';
import { toTerminalText } from '../common/terminal-text.ts';
import { type ImportReport, importFile } from '../transfer/import-file.ts';
import type { Tally } from '../transfer/import-resources.ts';
import { LineTooLong } from '../transfer/read-lines.ts';
import { NotImportable, type Scan, scanFile } from '../transfer/scan-file.ts';
import type { Header } from '../transfer/transfer-messages.ts';
import { CliError } from './cli-error.ts';
import { answer, argumentOf, findTarget, parseUsage, type Streams, withConnection } from './command-context.ts';
import { onEnd } from './interrupt.ts';
import { createProgress } from './progress.ts';
import { createImportTarget } from './transfer-client.ts';

const ImportOptions = z.object({
  keepIds: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  create: z.boolean().default(false),
});
type ImportOptions = z.infer<typeof ImportOptions>;

/** Refusals that are told one by one. */
const TOLD = 20;
const TOLD_TO_PROGRAMS = 1000;

const toCliError = (file: string) => (error: unknown) => {
  if (error instanceof NotImportable || error instanceof LineTooLong)
    throw new CliError(`${file} cannot be imported: ${error.message}.`);
  // Errors of the file system have a code, and say which file.
  if (error instanceof Error && 'code' in error) throw new CliError(`Cannot read ${file}: ${error.message}`);
  throw error;
};

type ReadableFile = { readonly path: string; readonly remove: () => Promise<void> };
/** A file is read several times: what comes by standard input is kept for as long. */
const openInput = async (file: string): Promise<ReadableFile> => {
  if (file !== '-') return { path: file, remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'scim-import-'));
  const path = join(folder, 'input.ndjson');
  const all = { recursive: true, force: true };
  // Names of people: not to be left there when the process is ended.
  const takeBack = onEnd(() => rmSync(folder, all));
  const remove = async () => {
    takeBack();
    await rm(folder, all);
  };
  await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 })).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { path, remove };
};

/** What a directory of the same settings is made of. */
const settingsOf = (id: string, header: Header | undefined) => {
  const known = Object.keys(DirectorySettings.shape);
  const told = Object.entries(header?.directory ?? {}).filter(([name]) => known.includes(name));
  return parseUsage(DirectorySettings, { ...Object.fromEntries(told), id });
};

type Place = { readonly deployment: AdminClientOptions; readonly directory: string };

/** @throws CliError when two directories would have resources of one id */
const prepare = async ({ deployment, directory }: Place, { header }: Scan, options: ImportOptions) => {
  const client = createAdminClient(deployment);
  const { directories } = await client.listDirectories();
  const isThere = (id: string) => directories.some((one) => one.id === id);
  const origin = header?.directory?.id;
  if (options.keepIds && origin !== undefined && origin !== directory && isThere(origin))
    throw new CliError(`Directory ${origin} has these ids: an id is that of one resource only. Leave out --keep-ids.`);
  if (isThere(directory)) return;
  if (options.dryRun) throw new CliError(`There is no directory ${directory}, and a dry run makes none.`);
  if (!options.create)
    throw new CliError(`There is no directory ${directory}. Make it first, or with --create as the file says.`);
  await client.createDirectory(settingsOf(directory, header));
};

const tallyText = ({ created, updated, unchanged, refused }: Tally) =>
  `${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`;

const toText = (directory: string, { users, groups, memberships, refusals }: ImportReport, dryRun: boolean): string => {
  const conflicts = refusals.filter(({ conflict }) => conflict).length;
  const end = dryRun ? 'Nothing was written.' : refusals.length === 0 ? 'All is imported.' : 'The rest is imported.';
  return [
    dryRun ? `An import into ${directory} would come to this:` : `Import into ${directory}:`,
    `  users        ${tallyText(users)}`,
    `  groups       ${tallyText(groups)}`,
    `  memberships  ${memberships.added} added, ${memberships.removed} removed`,
    `${refusals.length} refusals, ${conflicts} of them conflicts. ${end}\n`,
  ].join('\n');
};

const tellRefusals = ({ refusals }: ImportReport, { err }: Streams) => {
  for (const { line, detail } of refusals.slice(0, TOLD)) err(`line ${line}: ${toTerminalText(detail)}\n`);
  if (refusals.length > TOLD) err(`and ${refusals.length - TOLD} more refusals; --json names them\n`);
};

const run = async (place: Place, path: string, { options, streams }: { options: ImportOptions; streams: Streams }) => {
  const { keepIds, dryRun } = options;
  const progress = createProgress(streams.terminal === true ? streams.err : undefined);
  const scan = await scanFile(path, { keepIds });
  await prepare(place, scan, options);
  try {
    const target = createImportTarget(place.deployment, place.directory, keepIds);
    return await importFile({ file: path, scan, target, keepIds, dryRun, progress: progress.show });
  } finally {
    progress.end();
  }
};

export function addImportCommand(program: Command, streams: Streams): void {
  const command = program
    .command('import')
    .summary('bring a file of users and groups into a directory')
    .description(
      'Bring the users, groups and memberships of a file (JSON lines, as `scim export` writes them) into a directory. ' +
        'Who is there already, by externalId or userName, is replaced; a group by externalId or displayName. An import ' +
        'that was cut short, repeated, goes on. Its events say reason "import".',
    )
    .argument('<directory>', "the directory's id", argumentOf(Slug))
    .argument('<file>', 'the file; - is standard input')
    .option('--keep-ids', 'give resources the ids that the file says, and know them by these alone')
    .option('--dry-run', 'write nothing; say what would happen')
    .option('--create', 'make the directory, with the settings that the file says, unless it is there')
    .action(async (directory: unknown, file: unknown, ...[, command]: [unknown, Command]) => {
      const options = ImportOptions.parse(command.opts());
      const place = { deployment: await findTarget(command, streams), directory: String(directory) };
      const input = await openInput(String(file)).catch(toCliError(String(file)));
      const report = await run(place, input.path, { options, streams })
        .catch(toCliError(String(file)))
        .finally(input.remove);
      const { refusals, ...counts } = report;
      const json = {
        directory,
        dryRun: options.dryRun,
        ...counts,
        refused: refusals.length,
        conflicts: refusals.filter(({ conflict }) => conflict).length,
        refusals: refusals.slice(0, TOLD_TO_PROGRAMS),
      };
      tellRefusals(report, streams);
      answer(command, streams, { json, text: toText(place.directory, report, options.dryRun) });
      if (refusals.length > 0) throw new CliError(`${refusals.length} refusals: see the lines that are named.`);
    });
  withConnection(command, [
    'scim import acme users.ndjson --dry-run',
    'scim import acme acme.ndjson --keep-ids --create --stack Rollcall',
    'jq -c ... people.json | scim import acme -',
  ]);
}
