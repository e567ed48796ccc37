/** The operator's command line, `scim`, made from the data of its commands. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { type ArgumentData, type CommandData, type OptionData, toArgumentName, toFlags } from './command.ts';
import { commands, nouns } from './command-tree.ts';
import { readVersion } from './commands/version.ts';
import { printFailure, toFailure } from './failure.ts';
import type { Streams } from './streams.ts';

type Parse = (text: string, previous: unknown) => unknown;

const toArgument = (name: string, data: ArgumentData): Argument => {
  const argument = new Argument(toArgumentName(name, data), data.description);
  return data.parse === undefined ? argument : argument.argParser(data.parse);
};

const toOption = (name: string, data: OptionData): Option => {
  const option = new Option(toFlags(name, data), data.description);
  if (data.parse !== undefined) option.argParser(data.parse as Parse);
  if (data.choices !== undefined) option.choices(data.choices);
  if (data.default !== undefined) option.default(data.default);
  if (data.conflicts !== undefined) option.conflicts([...data.conflicts]);
  return option.makeOptionMandatory(data.required === true);
};

/** The parsed options; a flag that is not given is false. */
const optionsOf = (data: CommandData, command: Command): Record<string, unknown> => {
  const given: Record<string, unknown> = command.opts();
  return Object.fromEntries(
    Object.entries(data.options).map(([name, { value }]) => [
      name,
      value === undefined ? given[name] === true : given[name],
    ]),
  );
};

const toHelpText = ({ notes, examples }: CommandData): string =>
  `${notes === undefined ? '' : `\n${notes}`}\nExamples:\n${examples.map((example) => `  $ ${example}\n`).join('')}`;

const addCommand = (parent: Command, data: CommandData, streams: Streams): void => {
  const command = parent
    .command(data.path.at(-1) ?? '')
    .summary(data.summary)
    .description(data.description)
    .addHelpText('after', toHelpText(data));
  const names = Object.keys(data.arguments);
  for (const [name, argument] of Object.entries(data.arguments)) command.addArgument(toArgument(name, argument));
  for (const [name, option] of Object.entries(data.options)) command.addOption(toOption(name, option));
  command.action((...received: unknown[]) => {
    const given = Object.fromEntries(names.map((name, i) => [name, received[i]]));
    return data.run({ arguments: given as never, options: optionsOf(data, command) as never, streams });
  });
};

/** Reports a missing or unknown subcommand, with the valid ones. */
const requireSubcommand = (command: Command): void => {
  const names = command.commands.map((child) => child.name()).join(', ');
  command
    .helpCommand('help [command]', 'display help for a command')
    .allowExcessArguments(true)
    .allowUnknownOption(true)
    .action(() => {
      const option = command.args.find((text) => text.startsWith('-') && text !== '--json');
      const unknown = command.args.find((text) => !text.startsWith('-'));
      const missing = option === undefined ? 'missing command' : `unknown option '${option}'`;
      const fault = unknown === undefined ? missing : `unknown command '${unknown}'`;
      command.error(`error: ${fault}, expected one of ${names}`);
    });
};

/** Configures every command of the tree, because existing subcommands do not inherit settings. */
const configure = (command: Command, { out }: Pick<Streams, 'out'>): void => {
  // An error is printed once, by `runScim`.
  command.exitOverride().configureOutput({ writeOut: out, writeErr: () => {}, outputError: () => {} });
  for (const child of command.commands) configure(child, { out });
};

const createProgram = (streams: Streams): Command => {
  const program = new Command('scim')
    .description('Operate a Rollcall deployment or a local run, and test any SCIM server.')
    .version(readVersion())
    .addHelpText(
      'after',
      '\nExamples:\n  $ scim directory create acme --stack Rollcall\n  $ scim token create acme --stack Rollcall\n',
    );
  const parents = new Map<string, Command>();
  for (const data of commands) {
    const [first = ''] = data.path;
    const noun = nouns.get(first);
    if (noun !== undefined && !parents.has(first))
      parents.set(first, program.command(first).summary(noun.summary).description(noun.description));
    addCommand(parents.get(first) ?? program, data, streams);
  }
  for (const command of [program, ...parents.values()]) requireSubcommand(command);
  configure(program, streams);
  return program;
};

/** Also when the arguments cannot be parsed. */
const wantsJson = (args: readonly string[]): boolean => args.slice(0, [...args, '--'].indexOf('--')).includes('--json');

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
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = toFailure(error);
    if (failure === undefined) throw error;
    streams.err(printFailure(failure, wantsJson(args)));
    return failure.exitCode;
  }
}
