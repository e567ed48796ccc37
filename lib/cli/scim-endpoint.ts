/** Locates a SCIM service provider and its token: from the options, or those of the local run. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import type { Endpoint } from '../scim-client/connection.ts';
import { CliError } from './cli-error.ts';
import type { OptionsOf } from './command.ts';
import { jsonOption } from './connection.ts';
import { findDeployment } from './deployment.ts';
import type { Streams } from './streams.ts';

const Tokens = z.record(z.string(), z.string());

const parseUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new InvalidArgumentError('Expected an http or https URL.');
  return text;
};

/** The error does not repeat the token. */
const parseToken = (text: string): string => {
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new CliError('Invalid --token. Expected printable ASCII characters without spaces.', 2);
  return text;
};

/** Options that select a service provider. */
export const endpointOptions = {
  url: {
    value: 'url',
    description: 'SCIM root, for example https://host/scim/v2 (default: the local run)',
    parse: parseUrl,
  },
  token: { value: 'token', description: 'bearer token of the server (default: SCIM_TOKEN)', parse: parseToken },
  directory: {
    value: 'id',
    description: 'directory of the local run (default: the first)',
    conflicts: ['url'],
  },
  ...jsonOption,
} as const;

/** Reads the tokens of a local run from its data folder; a run with `--memory` keeps none. */
const readTokens = async (environment: Streams['environment']): Promise<z.infer<typeof Tokens>> => {
  const file = join(environment.ROLLCALL_DATA || '.rollcall', 'tokens.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new CliError(
      `No local run found: ${file} does not exist. Start it with npm start, set ROLLCALL_DATA, or pass --url and --token.`,
    );
  try {
    return Tokens.parse(JSON.parse(text));
  } catch {
    throw new CliError(`${file} holds no valid tokens. Pass --url and --token.`);
  }
};

const fromLocalRun = async (directory: string | undefined, environment: Streams['environment']): Promise<Endpoint> => {
  const tokens = new Map(Object.entries(await readTokens(environment)));
  const id = directory ?? [...tokens.keys()][0] ?? '';
  const token = tokens.get(id);
  if (token === undefined)
    throw new CliError(
      `The local run has no token for directory ${id}, expected one of ${[...tokens.keys()].join(', ')}.`,
      2,
    );
  const { adminUrl } = await findDeployment({}, environment);
  return { baseUrl: adminUrl.replace(/\/admin$/, '/v2'), token };
};

/** Locates the service provider that the command's options name, or else the local run. @throws CliError */
export async function findEndpoint(
  { url, token, directory }: OptionsOf<typeof endpointOptions>,
  { environment }: Streams,
): Promise<Endpoint> {
  if (url === undefined && token === undefined) return fromLocalRun(directory, environment);
  const secret = token ?? environment.SCIM_TOKEN;
  if (url === undefined) throw new CliError('--token requires --url.', 2);
  if (secret === undefined || secret === '')
    throw new CliError('--url requires --token, or SCIM_TOKEN in the environment.', 2);
  return { baseUrl: url, token: parseToken(secret) };
}
