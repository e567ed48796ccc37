import { type ExportReport, type ExportSource, exportDirectory } from '../../transfer/export-directory.ts';
import { CliError } from '../cli-error.ts';
import { defineCommand, type OptionsOf } from '../command.ts';
import { adminOptions, findTarget } from '../connection.ts';
import { openFile, toOutput } from '../export-output.ts';
import { createProgress } from '../progress.ts';
import { createScimSource } from '../scim-source.ts';
import { parseSlug } from '../shared-arguments.ts';
import type { Streams } from '../streams.ts';
import { createExportSource } from '../transfer-client.ts';
import { counted } from '../wording.ts';

const exportOptions = {
  out: { value: 'file', description: 'output file (default: standard output)' },
  token: {
    value: 'text',
    description: 'with --url: export from any SCIM server with this bearer token (default: SCIM_TOKEN)',
  },
  ...adminOptions,
} as const;
type ExportOptions = OptionsOf<typeof exportOptions>;

const toSource = async (
  directory: string | undefined,
  options: ExportOptions,
  streams: Streams,
): Promise<ExportSource> => {
  const { token, url } = options;
  if (directory !== undefined) {
    if (token !== undefined)
      throw new CliError('A directory id cannot be used with --token: the token identifies the directory.', 2);
    return createExportSource(await findTarget(options, streams), directory);
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

export const exportToFile = defineCommand({
  path: ['export'],
  summary: 'export a directory to a file',
  description:
    'Export a directory as JSON lines: a header, users, then groups with their members. Tokens are not exported.',
  arguments: { directory: { description: 'directory id', optional: true, parse: parseSlug } },
  options: exportOptions,
  examples: [
    'scim export acme --out acme.ndjson',
    'scim export acme --stack Rollcall > acme.ndjson',
    'SCIM_TOKEN=... scim export --url https://scim.example.com/v2 --out users.ndjson',
  ],
  async run({ arguments: { directory }, options, streams }) {
    const source = await toSource(directory, options, streams);
    const report = await run(source, options, streams);
    const [users, groups] = [counted(report.users, 'user'), counted(report.groups, 'group')];
    const text = `Exported ${users}, ${groups} and ${counted(report.memberships, 'membership')}.\n`;
    // If the export goes to standard output, nothing else may.
    const print = options.out === undefined ? streams.err : streams.out;
    print(options.json ? `${JSON.stringify({ ...report, file: options.out })}\n` : text);
  },
});
