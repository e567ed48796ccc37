/** Once a minute, a function that finishes what requests left behind in the table. */
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
      description: 'Memberships of deleted groups, and of groups whose creation died',
      environment: { [variables.tableName]: table.tableName },
      // The longest that Lambda gives: a group of 100,000 takes minutes. What is left waits for the next run.
      timeout: Duration.minutes(15),
    });
    fn.allow(sweepActions, table.tableArn);
    // Every run can be repeated, so the next one is the retry.
    const target = new LambdaFunction(fn, { retryAttempts: 0 });
    new Rule(this, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [target] });
  }
}
