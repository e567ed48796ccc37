/** Runs a function every ten minutes that takes refused tokens out of their secrets. */
import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { variables } from '../lambda/variables.ts';
import { BundledFunction } from './bundled-function.ts';
import { tokenAdministrationActions, tokenCleanUpActions } from './permissions.ts';
import { acknowledgeTokenSecrets, tokenSecretsArn } from './token-secrets.ts';

export type TokenCleanUpScheduleProps = {
  readonly table: TableV2;
  /** Token secrets are named `<prefix>/<shard>`. */
  readonly tokenSecretPrefix: string;
};

export class TokenCleanUpSchedule extends Construct {
  constructor(scope: Construct, id: string, { table, tokenSecretPrefix }: TokenCleanUpScheduleProps) {
    super(scope, id);
    const fn = new BundledFunction(this, 'Function', {
      name: 'token-clean-up',
      description: 'Takes revoked, expired and outdated tokens out of their secrets',
      environment: {
        [variables.tableName]: table.tableName,
        [variables.tokenSecretPrefix]: tokenSecretPrefix,
      },
      timeout: Duration.minutes(2),
    });
    fn.allow(tokenCleanUpActions, table.tableArn);
    fn.allow(tokenAdministrationActions, tokenSecretsArn(this, tokenSecretPrefix));
    acknowledgeTokenSecrets(this, tokenSecretPrefix);
    // AWS advises at most one new version of a secret in ten minutes. The next run continues with the rest.
    new Rule(this, 'EveryTenMinutes', {
      schedule: Schedule.rate(Duration.minutes(10)),
      targets: [new LambdaFunction(fn, { retryAttempts: 0 })],
    });
  }
}
