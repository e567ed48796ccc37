/** Where a SCIM service provider is and its token: as the options say, or the local run's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import type { Endpoint } from '../scim-client/connection.ts';
import { CliError } from './cli-error.ts';
import type { Streams } from './command-context.ts';
import { findDeployment } from './deployment.ts';

const EndpointOptions = z.object({
  url: z.string().optional(),
  token: z.string().optional(),
  directory: z.string().optional(),
});
const Tokens = z.record(z.string(), z.string());

const parseUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new InvalidArgumentError('Write an http or https URL.');
  return text;
};

/** The refusal does not repeat it. */
const parseToken = (text: string): string => {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new CliError('--token: letters, digits and punctuation of ASCII only', 2);
  return text;
};

/** Adds the options that say which service provider is meant. */
export const withEndpoint = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'the SCIM root, for example https://host/scim/v2').argParser(parseUrl))
    .addOption(
      new Option('--token <token>', 'its bearer token (default: SCIM_TOKEN of the environment)').argParser(parseToken),
    )
    .addOption(new Option('--directory <id>', 'a directory of the local run (default: its first)').conflicts('url'))
    .option('--json', 'answer in JSON');

/** The tokens of a local run are in its data folder, unless it keeps none. */
const readTokens = async (environment: Streams['environment']): Promise<z.infer<typeof Tokens>> => {
  const file = join(environment.ROLLCALL_DATA || '.rollcall', 'tokens.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new CliError(
      `There is no local run here (${file}): npm start, say its data folder in ROLLCALL_DATA, or give --url and --token.`,
    );
  try {
    return Tokens.parse(JSON.parse(text));
  } catch {
    throw new CliError(`${file} holds no tokens: give --url and --token.`);
  }
};

const fromLocalRun = async (directory: string | undefined, environment: Streams['environment']): Promise<Endpoint> => {
  const tokens = new Map(Object.entries(await readTokens(environment)));
  const id = directory ?? [...tokens.keys()][0] ?? '';
  const token = tokens.get(id);
  if (token === undefined)
    throw new CliError(
      `The local run has no token of a directory ${id}: say one of ${[...tokens.keys()].join(', ')}.`,
      2,
    );
  const { adminUrl } = await findDeployment({}, environment);
  return { baseUrl: adminUrl.replace(/\/admin$/, '/v2'), token };
};

/** @throws CliError */
export async function findEndpoint(command: Command, { environment }: Streams): Promise<Endpoint> {
  const { url, token, directory } = EndpointOptions.parse(command.opts());
  if (url === undefined && token === undefined) return fromLocalRun(directory, environment);
  const secret = token ?? environment.SCIM_TOKEN;
  if (url === undefined) throw new CliError('--token needs --url', 2);
  if (secret === undefined || secret === '')
    throw new CliError('--url needs --token, or SCIM_TOKEN in the environment', 2);
  return { baseUrl: url, token: parseToken(secret) };
}
