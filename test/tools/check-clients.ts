/**
 * `npm run check:clients [-- NAME...]`: drives real client libraries against a local run, each in a directory of its own
 * in both modes, and prints a table. Exit code 1 if a row differs from test/clients/clients.ts. A client whose runtime or
 * registry is missing is skipped. CLIENTS_TRACE=20 prints the last 20 requests and the output of the drivers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startChild } from '../../bench/child.ts';
import { CLIENTS, type Client, type Expected, ROWS, type RowName } from '../clients/clients.ts';
import { type Installed, install } from '../clients/install.ts';
import { type RecordingProxy, startRecordingProxy } from '../clients/recording-proxy.ts';
import { runProgram } from '../clients/run-program.ts';

const MODES = ['tolerant', 'rfc'] as const;
type Mode = (typeof MODES)[number];
const Ready = z.object({
  baseUrl: z.string(),
  directories: z.array(z.object({ id: z.string(), token: z.string() })),
});
const Row = z.object({ row: z.enum(ROWS), outcome: z.enum(['passes', 'fails', 'lacks']), saw: z.string() });
type Row = z.infer<typeof Row>;

const trace = process.env.CLIENTS_TRACE !== undefined;
const directoryOf = (client: Client, mode: Mode) => `client-${CLIENTS.indexOf(client)}-${mode}`;

const isExpected = ({ outcome, saw }: Row, expected: Expected) => {
  if (expected === 'passes') return outcome === 'passes';
  return 'fails' in expected
    ? outcome === 'fails' && saw.includes(expected.fails)
    : outcome === 'lacks' && saw.includes(expected.lacks);
};
const rowsOf = (out: string): ReadonlyMap<RowName, Row> =>
  new Map(
    out
      .split('\n')
      .filter((line) => line.startsWith('{"row"'))
      .map((line) => Row.parse(JSON.parse(line)))
      .map((row) => [row.row, row]),
  );

/** Prints a client's line of the table, and below it what differs or does not pass. */
const report = (client: Client, mode: Mode, rows: ReadonlyMap<RowName, Row>, dialects: readonly string[]) => {
  const expected = { ...client.expected, ...(mode === 'rfc' ? client.expectedInRfc : {}) };
  const remarks: string[] = [];
  const cells = ROWS.map((name) => {
    const row = rows.get(name) ?? { row: name, outcome: 'fails', saw: 'the driver did not report it' };
    if (!isExpected(row, expected[name] ?? 'passes')) {
      process.exitCode = 1;
      remarks.push(`FAIL ${name}: ${row.outcome}, which is not expected. ${row.saw}`);
    } else if (row.outcome !== 'passes') remarks.push(`${name} ${row.outcome}, as expected: ${row.saw}`);
    return row.outcome;
  });
  const bent = [...dialects].sort().join(', ');
  const expectedDialects = mode === 'rfc' ? '' : [...(client.dialects ?? [])].sort().join(', ');
  if (bent !== expectedDialects) {
    process.exitCode = 1;
    remarks.push(`FAIL dialects: "${bent}", expected "${expectedDialects}"`);
  }
  console.log(`| ${[client.title, mode, ...cells, bent].join(' | ')} |`);
  for (const remark of remarks) console.log(`    ${remark}`);
};

type Server = { readonly proxy: RecordingProxy; readonly path: string; readonly tokens: ReadonlyMap<string, string> };
const drive = async (client: Client, mode: Mode, driver: Exclude<Installed, { skipped: string }>, server: Server) => {
  const token = server.tokens.get(directoryOf(client, mode)) ?? '';
  const recording = server.proxy.record();
  const environment = {
    ...driver.environment,
    SCIM_URL: `${server.proxy.origin}${server.path}`,
    SCIM_TOKEN: token,
    SCIM_BAD_TOKEN: `${token.slice(0, -6)}${token.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`,
  };
  const args = [...driver.args, ...(client.args ?? [])];
  const { out, err, code } = await runProgram(driver.command, args, { environment, timeout: 180_000 });
  if (trace) console.log([...recording.lines.slice(-Number(process.env.CLIENTS_TRACE)), out, err].join('\n'));
  if (code !== 0) console.log(`    the driver exited with ${code}: ${err.trim().split('\n').at(-1)}`);
  report(client, mode, rowsOf(out), [...recording.dialects]);
};

const names = process.argv.slice(2);
const chosen = CLIENTS.filter(({ name }) => names.length === 0 || names.includes(name));
const folder = mkdtempSync(join(tmpdir(), 'rollcall-clients-'));
const settings = join(folder, 'settings.json');
const directories = chosen.flatMap((client) => MODES.map((mode) => ({ id: directoryOf(client, mode), mode })));
writeFileSync(settings, JSON.stringify({ directories }));
const options = ['--memory', '--json', '--port', '0', '--settings', settings];
const child = await startChild(['--import', 'tsx', 'bin/dev-server.ts', ...options], (line) => line.startsWith('{'));
const ready = Ready.parse(JSON.parse(child.ready));
const { origin, pathname: path } = new URL(ready.baseUrl);
const proxy = await startRecordingProxy(origin);
try {
  console.log(`| ${['client', 'mode', ...ROWS, 'dialects'].join(' | ')} |\n|${'---|'.repeat(ROWS.length + 3)}`);
  const tokens = new Map(ready.directories.map(({ id, token }) => [id, token]));
  for (const client of chosen) {
    const driver = await install(client.name, client.leastPython);
    if ('skipped' in driver) console.log(`| ${client.title} | skipped: ${driver.skipped} |`);
    else for (const mode of MODES) await drive(client, mode, driver, { proxy, path, tokens });
  }
} finally {
  proxy.stop();
  await child.stop();
  rmSync(folder, { recursive: true, force: true });
}
