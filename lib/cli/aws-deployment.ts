/** Access to a deployment in an AWS account. Loaded on demand, because importing the SDK takes half a second. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { createSigner, type Sign } from '../admin-client/signature.ts';
import { CliError } from './cli-error.ts';

/** Absent: as the environment says. */
export type Account = { readonly profile?: string | undefined; readonly region?: string | undefined };

const toCliError = (failure: string) => (error: unknown) => {
  throw new CliError(`${failure}: ${error instanceof Error ? error.message : String(error)}`);
};

/** The configuration of a client of the SDK. */
export const configOf = ({ profile, region }: Account) => ({
  ...(profile === undefined ? {} : { profile }),
  ...(region === undefined ? {} : { region }),
});

/** @throws CliError without a region */
const openCloudFormation = async (account: Account) => {
  const client = new CloudFormationClient(configOf(account));
  const region = await client.config.region().catch(() => {
    throw new CliError('No AWS region is configured. Pass --region, or set AWS_REGION or a region in the AWS profile.');
  });
  return { client, region };
};

/** @returns the outputs of the stack by name. @throws CliError */
export async function readStackOutputs(stack: string, account: Account = {}): Promise<ReadonlyMap<string, string>> {
  const { client } = await openCloudFormation(account);
  const response = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch(toCliError(`Cannot read stack ${stack}`));
  const outputs = response.Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** Creates a signer with the AWS credentials and region of the account. @throws CliError without a region */
export async function createAwsSigner(account: Account = {}): Promise<Sign> {
  const { region } = await openCloudFormation(account);
  const { profile } = account;
  const credentials = defaultProvider(profile === undefined ? {} : { profile });
  const sign = createSigner({ credentials, region });
  return (request) => sign(request).catch(toCliError('Cannot sign the request'));
}
