/** The ARN of all token secrets of a stack, `<prefix>/<shard>`. They are created at run time. */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export const tokenSecretsArn = (scope: Construct, prefix: string): string =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${prefix}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Acknowledges the wildcard in that ARN. */
export const acknowledgeTokenSecrets = (scope: Construct, prefix: string): void =>
  Validations.of(scope).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${prefix}/*]`,
    reason: 'One secret per shard of directories, made at run time; AWS adds six random characters to each name.',
  });
