/** Publishes changes: DynamoDB stream -> function -> EventBridge. The stream is the outbox. */
import { type CfnElement, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { STREAM_RECORD_AGE_SECONDS } from '../lambda/times.ts';
import { variables } from '../lambda/variables.ts';
import { streamed } from '../store/table/names.ts';
import { BundledFunction } from './bundled-function.ts';
import { eventLimit } from './event-limit.ts';
import { lifecycleActions, memberCountRepair } from './permissions.ts';

/** REMOVE is never an event, as a deletion is a MODIFY (tombstone). Claims, look-ups, lists and counts are internal. */
const eventRecords = FilterCriteria.filter({
  eventName: FilterRule.or('INSERT', 'MODIFY'),
  dynamodb: { Keys: { sk: { S: [...FilterRule.or(...streamed.keys), ...FilterRule.beginsWith(streamed.prefix)] } } },
});

/** An outage of EventBridge or the table ends by itself, and the function moves records that never succeed. */
const WITHOUT_LIMIT = -1;
/** Batches of one shard of the stream at a time. Each keeps the order of one partition key. */
const LANES = 2;

export type LifecycleEventsProps = {
  readonly table: TableV2;
  readonly bus: EventBus;
  /** Receives records that can never be published, and those that fail until they are too old. */
  readonly failed: Bucket;
  /** Batches of one shard of the stream that the function handles at a time, 1 to 10. @default 2 */
  readonly parallelizationFactor?: number | undefined;
  readonly eventLimitBytes?: number | undefined;
};

export class LifecycleEvents extends Construct {
  readonly fn: BundledFunction;
  /** UUID of the event source mapping. */
  readonly mappingId: string;

  constructor(
    scope: Construct,
    id: string,
    { table, bus, failed, parallelizationFactor = LANES, eventLimitBytes }: LifecycleEventsProps,
  ) {
    super(scope, id);
    const fn = new BundledFunction(this, 'Function', {
      name: 'lifecycle-events',
      description: 'Publishes lifecycle events from the DynamoDB stream',
      environment: {
        [variables.tableName]: table.tableName,
        [variables.eventBusName]: bus.eventBusName,
        [variables.failureBucketUrl]: `https://${failed.bucketRegionalDomainName}`,
        ...eventLimit(eventLimitBytes),
      },
    });
    fn.allow(lifecycleActions, table.tableArn);
    fn.allowIf(memberCountRepair.conditions, memberCountRepair.actions, table.tableArn);
    fn.allow(['events:PutEvents'], bus.eventBusArn);
    // For the function and for the mapping. Not S3OnFailureDestination, which would also grant reading and deleting.
    fn.allow(['s3:PutObject'], failed.arnForObjects('*'));
    fn.allow(['s3:ListBucket'], failed.bucketArn);
    const source = new DynamoEventSource(table as ITable, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [eventRecords],
      batchSize: 100,
      parallelizationFactor,
      reportBatchItemFailures: true,
      // If the function itself dies at a record, the others of its batch do not wait for that one.
      bisectBatchOnError: true,
      retryAttempts: WITHOUT_LIMIT,
      maxRecordAge: Duration.seconds(STREAM_RECORD_AGE_SECONDS),
      onFailure: { bind: () => ({ destination: failed.bucketArn }) },
      // For the alarms: records that reached the bucket, and records that did not.
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    fn.addEventSource(source);
    this.fn = fn;
    this.mappingId = source.eventSourceMappingId;
    const bucketId = Stack.of(failed).getLogicalId(failed.node.defaultChild as CfnElement);
    Validations.of(this).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`,
      reason: 'Lambda and the function name the object of each failed batch or record.',
    });
  }
}
