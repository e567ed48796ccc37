/** The operator's command line, `scim`. */
import { Command, CommanderError } from 'commander';
import { AdminClientError } from '../admin-client/admin-client.ts';
import { toTerminalText } from '../common/terminal-text.ts';
import { CliError } from './cli-error.ts';
import type { Streams } from './command-context.ts';
import { addDirectoryCommands } from './directory-commands.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addEventsCommands } from './events-commands.ts';
import { addExportCommand } from './export-command.ts';
import { addImportCommand } from './import-command.ts';
import { addResourceCommands } from './resource-commands.ts';
import { addSimulateCommand } from './simulate-command.ts';
import { addTokenCommands } from './token-commands.ts';
import { toSentence } from './wording.ts';

const FAILED = 1;
const BAD_USAGE = 2;

/** Reports a missing or unknown subcommand, with the valid ones. */
const requireSubcommand = (command: Command): void => {
  const names = command.commands.map((child) => child.name()).join(', ');
  command.allowExcessArguments(true).action(() => {
    const [unknown] = command.args;
    const fault = unknown === undefined ? 'missing command' : `unknown command '${unknown}'`;
    command.error(`error: ${fault}, expected one of ${names}`);
  });
};

/** Turns an error of commander into one line of sentences: its suggestion stands on a line of its own. */
const toErrorLine = (text: string): string => {
  const parts = text
    .replace(/^error: /, '')
    .trim()
    .split(/\s*\n\s*/);
  return `error: ${toTerminalText(parts.map(toSentence).join(' '))}\n`;
};

/** Configures every command of the tree, because existing subcommands do not inherit settings. */
const configure = (command: Command, { out, err }: Pick<Streams, 'out' | 'err'>): void => {
  command.exitOverride().configureOutput({
    writeOut: out,
    writeErr: err,
    outputError: (text, write) => write(toErrorLine(text)),
  });
  for (const child of command.commands) configure(child, { out, err });
};

const createProgram = (streams: Streams): Command => {
  const program = new Command('scim')
    .description('Operate a Rollcall deployment or a local run, and test any SCIM server.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ scim directory create acme --stack Rollcall\n  $ scim token create acme --stack Rollcall\n',
    );
  addDirectoryCommands(program, streams);
  addTokenCommands(program, streams);
  addResourceCommands(program, streams);
  addExportCommand(program, streams);
  addImportCommand(program, streams);
  addEventsCommands(program, streams);
  addSimulateCommand(program, streams);
  addDoctorCommand(program, streams);
  for (const command of [program, ...program.commands.filter(({ commands }) => commands.length > 0)])
    requireSubcommand(command);
  configure(program, streams);
  return program;
};

/**
 * Runs one command.
 * @param args without the program's name
 * @returns the exit code: 0 done, 1 the operation failed, 2 bad usage
 */
export async function runScim(args: readonly string[], streams: Streams): Promise<number> {
  try {
    await createProgram(streams).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
    if (!(error instanceof CliError || error instanceof AdminClientError)) throw error;
    streams.err(`error: ${toTerminalText(error.message.replace(/\s*\n\s*/g, ' '))}\n`);
    return error instanceof CliError ? error.exitCode : FAILED;
  }
}
