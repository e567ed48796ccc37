/** Parts shared by all commands: connection options, output, and validation of arguments. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type AdminClient, createAdminClient } from '../admin-client/admin-client.ts';
import { toTerminalJson } from '../common/terminal-text.ts';
import { CliError } from './cli-error.ts';
import { findDeployment } from './deployment.ts';
import { toSentence } from './wording.ts';

export type Streams = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the user a yes/no question; undefined without a terminal. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
  /** Whether `err` is a terminal, so that it may show progress. */
  readonly terminal?: boolean;
  /** Resolves when the reader of `out` has caught up. */
  readonly drained?: () => Promise<void>;
};

const ConnectionOptions = z.object({
  stack: z.string().optional(),
  url: z.string().optional(),
  sign: z.boolean().optional(),
  json: z.boolean().default(false),
});

/** Adds examples to a command's help. */
export const withExamples = (command: Command, examples: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}\n`).join('')}`);

const stackOption = () => new Option('--stack <name>', 'CloudFormation stack of a deployment');

/** Adds `--stack` and `--json` to a command that does not use the admin API, and examples to its help. */
export const withStack = (command: Command, examples: readonly string[]): Command =>
  withExamples(command.addOption(stackOption()).option('--json', 'print JSON'), examples);

/** Adds the connection options and `--json` to a command, and examples to its help. */
export const withConnection = (command: Command, examples: readonly string[]): Command =>
  withExamples(
    command
      .addOption(stackOption().conflicts(['url', 'sign']))
      .option('--url <url>', 'base URL of a deployment or local run (default: the local run)')
      .option('--sign', 'with --url: sign requests with the AWS credentials of this shell')
      .option('--json', 'print JSON'),
    examples,
  );

/** Locates the deployment that the command's options name. @throws CliError */
export const findTarget = (command: Command, { environment }: Streams) =>
  findDeployment(ConnectionOptions.parse(command.opts()), environment);

/** Creates a client for the deployment that the command's options name. @throws CliError */
export const connect = async (command: Command, streams: Streams): Promise<AdminClient> =>
  createAdminClient(await findTarget(command, streams));

/** Prints one line of JSON with `--json`, text otherwise. */
export const printResult = (command: Command, { out }: Streams, result: { json: object; text: string }): void =>
  out(ConnectionOptions.parse(command.opts()).json ? `${toTerminalJson(result.json)}\n` : result.text);

/** @returns a parser for a command's argument that reports why a value is invalid */
export const argumentParser =
  <Value>(schema: z.core.$ZodType<Value>) =>
  (text: string): Value => {
    const parsed = z.safeParse(schema, text);
    if (!parsed.success)
      throw new InvalidArgumentError(toSentence(parsed.error.issues.map(({ message }) => message).join('; ')));
    return parsed.data;
  };

/** Validates a command's input. @throws CliError (bad usage) with the path of each invalid value */
export const parseUsage = <Value>(schema: z.core.$ZodType<Value>, input: unknown): Value => {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CliError(`Invalid settings: ${toSentence(faults.join('; '))}`, 2);
};
