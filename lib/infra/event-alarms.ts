/** Alarms for events that are late, fail, or become dead letters. docs/events.md, "Alarms", has a remedy for each. */
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MOVED_RECORD } from '../events/event-source.ts';
import { createAlarms, perMinute } from './alarms.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';

export type EventAlarmsProps = {
  readonly lifecycleEvents: LifecycleEvents;
  /** Dead-letter queues by the kind of their events. */
  readonly deadLetters: Readonly<Record<string, Queue>>;
  /** SNS topic to notify. @default none: alarms only show in CloudWatch */
  readonly topicArn?: string | undefined;
  readonly metricNamespace: string;
};

const MINUTE_MS = 60 * 1000;
const LATE_MS = 15 * MINUTE_MS;
/** Eight hours before records leave the stream for the failure bucket. */
const VERY_LATE_MS = 12 * 60 * MINUTE_MS;

export class EventAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { lifecycleEvents, deadLetters, topicArn, metricNamespace }: EventAlarmsProps,
  ) {
    super(scope, id);
    const watch = createAlarms(this, topicArn);
    const { fn, mappingId } = lifecycleEvents;
    const ofMapping = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { EventSourceMappingUUID: mappingId },
        statistic: 'Sum',
        ...perMinute,
      });
    const iteratorAge = fn.metric('IteratorAge', { statistic: 'Maximum', ...perMinute });
    watch('Late', {
      metric: iteratorAge,
      threshold: LATE_MS,
      minutes: 3,
      description: 'Events are published more than 15 minutes late: EventBridge or the table is not responding.',
    });
    watch('VeryLate', {
      metric: iteratorAge,
      threshold: VERY_LATE_MS,
      minutes: 3,
      description: 'Events are 12 hours late. After 20 hours changes go to the bucket of failed records.',
    });
    watch('Failing', {
      metric: fn.metricErrors({ statistic: 'Sum', ...perMinute }),
      threshold: 1,
      minutes: 5,
      description: 'The function that publishes events keeps failing: see its log for the reason.',
    });
    watch('FailedRecords', {
      metric: ofMapping('OnFailureDestinationDeliveredEventCount'),
      threshold: 1,
      minutes: 1,
      description: 'Changes that failed for 20 hours are in the bucket of failed records: run scim events redrive.',
    });
    watch('PoisonRecords', {
      metric: this.countMoved(lifecycleEvents, metricNamespace),
      threshold: 1,
      minutes: 1,
      description: 'Changes that cannot be published are in the bucket of failed records: see the log for the reason.',
    });
    watch('LostRecords', {
      metric: ofMapping('DroppedEventCount'),
      threshold: 1,
      minutes: 1,
      description: 'Changes without an event were lost before they reached the bucket: run scim events backfill.',
    });
    for (const [name, queue] of Object.entries(deadLetters))
      watch(`${name}DeadLetters`, {
        metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...perMinute }),
        threshold: 1,
        minutes: 1,
        description: 'Events in the dead-letter queue have used up their attempts: redrive it in the SQS console.',
      });
  }

  /** Counts the log lines about records that the function moved: Lambda's own metrics do not have them. */
  private countMoved({ fn }: LifecycleEvents, metricNamespace: string): Metric {
    const filter = new MetricFilter(this, 'MovedRecords', {
      logGroup: fn.logGroup,
      filterPattern: FilterPattern.literal(`"${MOVED_RECORD}"`),
      metricNamespace,
      metricName: 'MovedRecords',
    });
    return filter.metric({ statistic: 'Sum', ...perMinute });
  }
}
