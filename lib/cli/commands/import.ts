import { DirectorySettings } from '../../admin/directory-messages.ts';
import { type AdminClientOptions, createAdminClient } from '../../admin-client/admin-client.ts';
import { toTerminalText } from '../../common/terminal-text.ts';
import { type ImportReport, importFile } from '../../transfer/import-file.ts';
import type { Tally } from '../../transfer/import-resources.ts';
import { LineTooLong } from '../../transfer/read-lines.ts';
import { NotImportable, type Scan, scanFile } from '../../transfer/scan-file.ts';
import type { Header } from '../../transfer/transfer-messages.ts';
import { CliError } from '../cli-error.ts';
import { defineCommand, type OptionsOf } from '../command.ts';
import { adminOptions, findTarget, printResult } from '../connection.ts';
import { addColumn, type CsvReading, openInput } from '../import-input.ts';
import { checkKeptIds } from '../kept-ids.ts';
import { parseUsage } from '../parsers.ts';
import { createProgress } from '../progress.ts';
import { directoryArgument } from '../shared-arguments.ts';
import type { Streams } from '../streams.ts';
import { createImportTarget } from '../transfer-client.ts';
import { counted } from '../wording.ts';

const importOptions = {
  keepIds: { description: 'keep the ids in the file, and match existing resources by id only' },
  dryRun: { description: 'write nothing; print what would happen' },
  create: { description: 'create the directory with the settings in the file if it does not exist' },
  format: { value: 'format', description: 'format of the file', choices: ['ndjson', 'csv'], default: 'ndjson' },
  map: {
    value: 'column=path',
    description: 'with --format csv: SCIM path of a column, or nothing to ignore the column; may be repeated',
    parse: addColumn,
  },
  ...adminOptions,
} as const;
type ImportOptions = OptionsOf<typeof importOptions>;

/** Maximum number of refusals printed. */
const MAX_PRINTED = 20;
const MAX_PRINTED_AS_JSON = 1000;

const toCliError = (file: string) => (error: unknown) => {
  if (error instanceof NotImportable || error instanceof LineTooLong)
    throw new CliError(`Cannot import ${file}: ${error.message}.`);
  // Errors of the file system have a code.
  if (error instanceof Error && 'code' in error) throw new CliError(`Cannot read ${file}: ${error.message}`);
  throw error;
};

/** @returns settings for a new directory, taken from the header of the file */
const settingsOf = (id: string, header: Header | undefined) => {
  const known = Object.keys(DirectorySettings.shape);
  const settings = Object.entries(header?.directory ?? {}).filter(([name]) => known.includes(name));
  return parseUsage(DirectorySettings, { ...Object.fromEntries(settings), id });
};

type Destination = { readonly deployment: AdminClientOptions; readonly directory: string };

/**
 * Creates the directory if it is missing and `--create` is given.
 * @throws CliError without the directory, or if another directory already uses the ids to keep
 */
const prepare = async ({ deployment, directory }: Destination, scan: Scan, options: ImportOptions) => {
  const client = createAdminClient(deployment);
  const { directories } = await client.listDirectories();
  const others = directories.map(({ id }) => id).filter((id) => id !== directory);
  if (options.keepIds) await checkKeptIds(client, { directory, others, scan });
  if (others.length < directories.length) return;
  if (options.dryRun)
    throw new CliError(`There is no directory ${directory}. Create it first: a dry run creates none.`);
  if (!options.create)
    throw new CliError(
      `There is no directory ${directory}. Create it first, or pass --create to use the settings in the file.`,
    );
  await client.createDirectory(settingsOf(directory, scan.header));
};

const tallyText = ({ created, updated, unchanged, refused }: Tally) =>
  `${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`;

const toText = (directory: string, { users, groups, memberships, refusals }: ImportReport, dryRun: boolean): string => {
  const conflicts = counted(refusals.filter(({ conflict }) => conflict).length, 'conflict');
  const end = dryRun
    ? 'Nothing was written.'
    : refusals.length === 0
      ? 'Everything was imported.'
      : 'The rest was imported.';
  return [
    dryRun ? `Dry run of an import into ${directory}:` : `Import into ${directory}:`,
    `  users        ${tallyText(users)}`,
    `  groups       ${tallyText(groups)}`,
    `  memberships  ${memberships.added} added, ${memberships.removed} removed`,
    `${counted(refusals.length, 'refusal')}, including ${conflicts}. ${end}\n`,
  ].join('\n');
};

const printRefusals = ({ refusals }: ImportReport, { err }: Streams) => {
  for (const { line, detail } of refusals.slice(0, MAX_PRINTED)) err(`line ${line}: ${toTerminalText(detail)}\n`);
  const rest = refusals.length - MAX_PRINTED;
  if (rest > 0) err(`and ${counted(rest, 'more refusal')}; pass --json for a longer list\n`);
};

const run = async (
  destination: Destination,
  path: string,
  { options, streams }: { options: ImportOptions; streams: Streams },
) => {
  const { keepIds, dryRun } = options;
  const progress = createProgress(streams.terminal === true ? streams.err : undefined);
  const scan = await scanFile(path, { keepIds });
  await prepare(destination, scan, options);
  try {
    const target = createImportTarget(destination.deployment, destination.directory, keepIds);
    return await importFile({ file: path, scan, target, keepIds, dryRun, progress: progress.show });
  } finally {
    progress.end();
  }
};

/** @returns undefined for a file of JSON lines. @throws CliError for `--map` without `--format csv` */
const toCsvReading = async (
  { deployment, directory }: Destination,
  { format, map = new Map() }: ImportOptions,
): Promise<CsvReading | undefined> => {
  if (format === 'csv') {
    const { directories } = await createAdminClient(deployment).listDirectories();
    return { map, settings: directories.find(({ id }) => id === directory) };
  }
  if (map.size > 0) throw new CliError('--map requires --format csv.', 2);
  return undefined;
};

export const importFromFile = defineCommand({
  path: ['import'],
  summary: 'import users and groups from a file into a directory',
  description:
    'Import users, groups and memberships from a file of JSON lines, as written by scim export, or users from a CSV file whose header row has SCIM paths such as name.givenName, into a directory. Existing users are matched by externalId or userName and replaced; groups by externalId or displayName. Safe to re-run after an interruption. Events carry reason "import".',
  arguments: { directory: directoryArgument, file: { description: 'file to import; - for standard input' } },
  options: importOptions,
  examples: [
    'scim import acme users.ndjson --dry-run',
    'scim import acme acme.ndjson --keep-ids --create --stack Rollcall',
    'jq -c ... people.json | scim import acme -',
    'scim import acme people.csv --format csv --map "First name=name.givenName" --map "Notes="',
  ],
  async run({ arguments: { directory, file }, options, streams }) {
    const destination = { deployment: await findTarget(options, streams), directory };
    const csv = await toCsvReading(destination, options);
    const input = await openInput(file, csv).catch(toCliError(file));
    const report = await run(destination, input.path, { options, streams })
      .catch(toCliError(file))
      .finally(input.remove);
    const { refusals, ...counts } = report;
    const json = {
      directory,
      dryRun: options.dryRun,
      ...counts,
      refused: refusals.length,
      conflicts: refusals.filter(({ conflict }) => conflict).length,
      refusals: refusals.slice(0, MAX_PRINTED_AS_JSON),
    };
    if (!options.json) printRefusals(report, streams);
    printResult(options, streams, { json, text: toText(directory, report, options.dryRun) });
    if (refusals.length === 0) return;
    throw new CliError(`${counted(refusals.length, 'refusal')}.${options.json ? '' : ' See the lines listed above.'}`);
  },
});
