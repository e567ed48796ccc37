/** Access to a deployment in an AWS account. Loaded on demand, because importing the SDK takes half a second. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { createSigner, type Sign } from '../admin-client/signature.ts';
import { CliError } from './cli-error.ts';

const toCliError = (failure: string) => (error: unknown) => {
  throw new CliError(`${failure}: ${error instanceof Error ? error.message : String(error)}`);
};

/** @returns the outputs of the stack by name. @throws CliError */
export async function readStackOutputs(stack: string): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient();
  const response = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch(toCliError(`Cannot read stack ${stack}`));
  const outputs = response.Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** Creates a signer with the AWS credentials and region of this shell. @throws CliError without a region */
export async function createAwsSigner(): Promise<Sign> {
  const region = await new CloudFormationClient().config
    .region()
    .catch(() =>
      Promise.reject(new CliError('No AWS region is configured. Set AWS_REGION, or a region in the AWS profile.')),
    );
  const sign = createSigner({ credentials: defaultProvider(), region });
  return (request) => sign(request).catch(toCliError('Cannot sign the request'));
}
