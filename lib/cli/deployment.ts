/** Locates the admin API: in an AWS account, at a URL, or in the local run of this machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { AdminClientOptions } from '../admin-client/admin-client.ts';
import { CliError } from './cli-error.ts';

export type DeploymentOptions = {
  /** The name of a CloudFormation stack. */
  readonly stack?: string | undefined;
  /** Base URL, with or without a trailing `/v2` or `/admin`. */
  readonly url?: string | undefined;
  /** Whether requests to `url` are signed for AWS. */
  readonly sign?: boolean | undefined;
  /** AWS profile and region, for `stack` and `sign`. */
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
};
type Environment = Readonly<Record<string, string | undefined>>;

const LOCAL_URL = 'http://127.0.0.1:8787/scim';
const Run = z.object({ baseUrl: z.url() });

/** `https://host/scim`, `/scim/`, `/scim/v2` and `/scim/admin` identify the same deployment. */
const toAdminUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    throw new CliError(`Expected an http or https URL instead of ${text}.`, 2);
  const url = new URL(text);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(v2|admin)$/, '');
  return `${url.origin}${path}/admin`;
};

/** The file in the data folder that holds the base URL of the local run. */
export const runFile = ({ ROLLCALL_DATA }: Environment): string => join(ROLLCALL_DATA || '.rollcall', 'run.json');

const readRun = async (environment: Environment): Promise<string> => {
  const file = runFile(environment);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    // An explicit ROLLCALL_DATA never falls back to another run.
    if (environment.ROLLCALL_DATA)
      throw new CliError(
        `No local run found: ${file} does not exist. Start the local run with npm start, or correct ROLLCALL_DATA.`,
      );
    return LOCAL_URL;
  }
  try {
    return Run.parse(JSON.parse(text)).baseUrl;
  } catch {
    throw new CliError(`${file} holds no valid base URL. Restart the local run, or pass --url.`);
  }
};

const fromStack = async (stack: string, account: DeploymentOptions): Promise<AdminClientOptions> => {
  const { createAwsSigner, readStackOutputs } = await import('./aws-deployment.ts');
  const outputs = await readStackOutputs(stack, account);
  const found = outputs.get('AdminUrl') ?? outputs.get('BaseUrl');
  if (found === undefined)
    throw new CliError(`Stack ${stack} has no output AdminUrl. Pass the name of a Rollcall stack.`);
  return { adminUrl: toAdminUrl(found), sign: await createAwsSigner(account) };
};

/** Without AWS there is no profile or region. @throws CliError (bad usage) */
export const refuseAccount = ({ profile, region }: DeploymentOptions): void => {
  const unused = profile === undefined ? region && '--region' : '--profile';
  if (unused !== undefined) throw new CliError(`${unused} requires --stack, or --url with --sign.`, 2);
};

/** Locates a deployment: by stack, by URL, or else the local run. @throws CliError */
export async function findDeployment(
  options: DeploymentOptions,
  environment: Environment,
): Promise<AdminClientOptions> {
  const { stack, url, sign } = options;
  if (stack !== undefined) return fromStack(stack, options);
  if (sign !== true) refuseAccount(options);
  const adminUrl = toAdminUrl(url ?? (await readRun(environment)));
  if (sign !== true) return { adminUrl };
  const { createAwsSigner } = await import('./aws-deployment.ts');
  return { adminUrl, sign: await createAwsSigner(options) };
}
