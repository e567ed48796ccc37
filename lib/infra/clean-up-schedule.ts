/** Runs a function once a minute that finishes cleanup work which requests have left in the table. */
import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { variables } from '../lambda/variables.ts';
import { BundledFunction } from './bundled-function.ts';
import { sweepActions } from './permissions.ts';

export type CleanUpScheduleProps = { readonly table: TableV2 };

export class CleanUpSchedule extends Construct {
  constructor(scope: Construct, id: string, { table }: CleanUpScheduleProps) {
    super(scope, id);
    const fn = new BundledFunction(this, 'Function', {
      name: 'clean-up',
      description: 'Cleans up memberships of deleted groups, and of groups whose creation was interrupted',
      environment: { [variables.tableName]: table.tableName },
      // The maximum of Lambda, because a group of 100,000 takes minutes. The next run continues with the rest.
      timeout: Duration.minutes(15),
    });
    fn.allow(sweepActions, table.tableArn);
    // The next run follows in a minute. EventBridge invokes asynchronously, so Lambda retries, too, and keeps events that
    // it cannot run for hours: after a shortage of concurrency they would all begin at once.
    const attempts = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
    fn.configureAsyncInvoke(attempts);
    const target = new LambdaFunction(fn, attempts);
    new Rule(this, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [target] });
  }
}
