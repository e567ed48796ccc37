/** Options that say which deployment a command works on, and how it prints. */
import { type AdminClient, type AdminClientOptions, createAdminClient } from '../admin-client/admin-client.ts';
import { toTerminalJson } from '../common/terminal-text.ts';
import type { OptionsOf } from './command.ts';
import { findDeployment } from './deployment.ts';
import type { Streams } from './streams.ts';

export const jsonOption = { json: { description: 'print JSON, errors too' } } as const;

const accountOptions = {
  profile: { value: 'name', description: 'AWS profile (default: AWS_PROFILE)' },
  region: { value: 'region', description: 'AWS region (default: AWS_REGION, or the region of the profile)' },
} as const;

/** Of a command that reads a deployment, but not its admin API. */
export const stackOptions = {
  stack: { value: 'name', description: 'CloudFormation stack of a deployment' },
  ...accountOptions,
  ...jsonOption,
} as const;

/** Of a command that uses the admin API. */
export const adminOptions = {
  stack: { ...stackOptions.stack, conflicts: ['url', 'sign'] },
  url: { value: 'url', description: 'base URL of a deployment or local run (default: the local run)' },
  sign: { description: 'with --url: sign requests with AWS credentials' },
  ...accountOptions,
  ...jsonOption,
} as const;
export type AdminOptions = OptionsOf<typeof adminOptions>;

/** Locates the deployment that the options name. @throws CliError */
export const findTarget = (options: AdminOptions, { environment }: Streams): Promise<AdminClientOptions> =>
  findDeployment(options, environment);

/** Creates a client for the deployment that the options name. @throws CliError */
export const connect = async (options: AdminOptions, streams: Streams): Promise<AdminClient> =>
  createAdminClient(await findTarget(options, streams));

/** Prints one line of JSON with `--json`, text otherwise. */
export const printResult = (
  { json }: OptionsOf<typeof jsonOption>,
  { out }: Streams,
  result: { readonly json: object; readonly text: string },
): void => out(json ? `${toTerminalJson(result.json)}\n` : result.text);
