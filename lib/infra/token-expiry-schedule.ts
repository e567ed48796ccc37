/** Runs a function once a day that publishes an event for tokens about to expire. */
import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { variables } from '../lambda/variables.ts';
import { BundledFunction } from './bundled-function.ts';
import { tokenExpiryActions, tokenReadActions } from './permissions.ts';
import { acknowledgeTokenSecrets, tokenSecretsArn } from './token-secrets.ts';

export type TokenExpiryScheduleProps = {
  readonly table: TableV2;
  /** Token secrets are named `<prefix>/<shard>`. */
  readonly tokenSecretPrefix: string;
};

export class TokenExpirySchedule extends Construct {
  constructor(scope: Construct, id: string, { table, tokenSecretPrefix }: TokenExpiryScheduleProps) {
    super(scope, id);
    const fn = new BundledFunction(this, 'Function', {
      name: 'token-expiry',
      description: 'Publishes token.expiring events for tokens about to expire',
      environment: {
        [variables.tableName]: table.tableName,
        [variables.tokenSecretPrefix]: tokenSecretPrefix,
      },
    });
    fn.allow(tokenExpiryActions, table.tableArn);
    fn.allow(tokenReadActions, tokenSecretsArn(this, tokenSecretPrefix));
    new Rule(this, 'Daily', {
      description: 'Looks for tokens that will expire',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(fn)],
    });
    acknowledgeTokenSecrets(this, tokenSecretPrefix);
  }
}
