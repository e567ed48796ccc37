/** A deployment in an AWS account: loaded only when one is asked for, because the SDK takes half a second. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { createSigner, type Sign } from '../admin-client/signature.ts';
import { CliError } from './cli-error.ts';

const toCliError = (what: string) => (error: unknown) => {
  throw new CliError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
};

/** @returns the outputs of the stack by name */
export async function readStackOutputs(stack: string): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient();
  const answer = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch(toCliError(`Cannot read the stack ${stack}`));
  const outputs = answer.Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** Signs with the credentials and the region that the AWS tools of this shell use. */
export async function createAwsSigner(): Promise<Sign> {
  const region = await new CloudFormationClient().config
    .region()
    .catch(() => Promise.reject(new CliError('No AWS region is set: set AWS_REGION, or a region in the AWS profile.')));
  const sign = createSigner({ credentials: defaultProvider(), region });
  return (request) => sign(request).catch(toCliError('Cannot sign the request'));
}
