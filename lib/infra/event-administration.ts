/** Operations on events through the admin API: replay, redrive, backfill and test events. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Match } from 'aws-cdk-lib/aws-events';
import { type Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE, REPLAY_PREFIX } from '../events/event-source.ts';
import { variables } from '../lambda/variables.ts';
import { BundledFunction } from './bundled-function.ts';
import { eventLimit } from './event-limit.ts';
import { EventQueue } from './event-queue.ts';
import type { LifecycleBus } from './lifecycle-bus.ts';
import { eventActions } from './permissions.ts';

export type EventAdministrationProps = {
  readonly table: TableV2;
  readonly bus: LifecycleBus;
  /** Bucket of failed stream records. */
  readonly failed: Bucket;
  readonly eventLimitBytes?: number | undefined;
};

export class EventAdministration extends Construct {
  /** Serves the routes of the function `events`. */
  readonly fn: BundledFunction;
  /** Replayed events that could not be published again. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { table, bus, failed, eventLimitBytes }: EventAdministrationProps) {
    super(scope, id);
    const replays = Stack.of(this).formatArn({
      service: 'events',
      resource: 'replay',
      resourceName: `${REPLAY_PREFIX}*`,
    });
    const replay = new BundledFunction(this, 'Replay', {
      name: 'replay',
      description: 'Publishes replayed events again, if they match the request',
      environment: { [variables.eventBusName]: bus.eventBusName },
    });
    replay.allow(['events:PutEvents'], bus.eventBusArn);
    replay.allow(['events:DescribeReplay'], replays);
    const queue = new EventQueue(this, 'Replayed', {
      bus,
      pattern: { source: [EVENT_SOURCE], ...({ 'replay-name': Match.prefix(REPLAY_PREFIX) } as object) },
      fn: replay,
      attempts: 5,
    });
    this.deadLetters = queue.deadLetters;

    this.fn = new BundledFunction(this, 'Function', {
      name: 'events',
      description: 'Admin API: replay, redrive, backfill and test events',
      environment: {
        [variables.tableName]: table.tableName,
        [variables.eventBusName]: bus.eventBusName,
        [variables.eventBusArn]: bus.eventBusArn,
        [variables.archiveArn]: bus.archiveArn,
        [variables.replayRuleArn]: queue.rule.ruleArn,
        [variables.failureBucketUrl]: `https://${failed.bucketRegionalDomainName}`,
        ...eventLimit(eventLimitBytes),
      },
    });
    this.fn.allow(eventActions, table.tableArn);
    this.fn.allow(['events:PutEvents'], bus.eventBusArn);
    // IAM checks it on all three: the archive, the bus that the replay goes to, and the replay itself.
    this.fn.allow(['events:StartReplay'], bus.archiveArn, bus.eventBusArn, replays);
    this.fn.allow(['events:DescribeReplay'], replays);
    this.fn.allow(['s3:ListBucket'], failed.bucketArn);
    this.fn.allow(['s3:DeleteObject', 's3:GetObject'], failed.arnForObjects('*'));
    const bucket = failed.node.defaultChild;
    const bucketId = bucket instanceof CfnBucket ? Stack.of(failed).getLogicalId(bucket) : '';
    Validations.of(this).acknowledge(
      {
        id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`,
        reason: 'Lambda names the object of each failed batch itself.',
      },
      {
        id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:replay/${REPLAY_PREFIX}*]`,
        reason: 'A replay is named when an operator starts it; names of replays that Rollcall starts have this prefix.',
      },
    );
  }
}
