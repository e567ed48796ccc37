/** What every command has: where the deployment is, how to answer, and how to refuse. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type AdminClient, createAdminClient } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';
import { findDeployment } from './deployment.ts';

export type Streams = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Puts a question to the person at the terminal; undefined: there is none. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
  /** Whether people watch `err`, so that it may show progress. */
  readonly terminal?: boolean;
  /** Resolves when whoever reads `out` has kept up. */
  readonly drained?: () => Promise<void>;
};

const ConnectionOptions = z.object({
  stack: z.string().optional(),
  url: z.string().optional(),
  sign: z.boolean().optional(),
  json: z.boolean().default(false),
});

/** Adds what every command takes to its own options, and examples to its help. */
export const withConnection = (command: Command, examples: readonly string[]): Command =>
  command
    .addOption(
      new Option('--stack <name>', 'a deployment: the name of its CloudFormation stack').conflicts(['url', 'sign']),
    )
    .option('--url <url>', 'a deployment or local run by its base URL (default: the local run)')
    .option('--sign', 'with --url: sign requests with the AWS credentials of this shell')
    .option('--json', 'answer in JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}\n`).join('')}`);

/** Where the command's options say that the deployment is. @throws CliError */
export const findTarget = (command: Command, { environment }: Streams) =>
  findDeployment(ConnectionOptions.parse(command.opts()), environment);

/** Connects as the command's options say. @throws CliError */
export const connect = async (command: Command, streams: Streams): Promise<AdminClient> =>
  createAdminClient(await findTarget(command, streams));

/** Answers programs in one line of JSON, and people in text. */
export const answer = (command: Command, { out }: Streams, said: { json: object; text: string }): void =>
  out(ConnectionOptions.parse(command.opts()).json ? `${JSON.stringify(said.json)}\n` : said.text);

/** @returns a parser of a command's argument that tells why it refuses */
export const argumentOf =
  <Value>(schema: z.core.$ZodType<Value>) =>
  (text: string): Value => {
    const parsed = z.safeParse(schema, text);
    if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join('; '));
    return parsed.data;
  };

/** @param name of the option, where the input has none of its own. @throws CliError (bad usage) naming the option */
export const parseUsage = <Value>(schema: z.core.$ZodType<Value>, input: unknown, name?: string): Value => {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${name ?? path.join('.')}: ${message}`);
  throw new CliError(faults.join('; '), 2);
};
