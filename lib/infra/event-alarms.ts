/** Alarms for events that are late, fail, or become dead letters. docs/events.md, "Alarms", has a remedy for each. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LifecycleEvents } from './lifecycle-events.ts';

export type EventAlarmsProps = {
  readonly lifecycleEvents: LifecycleEvents;
  /** Dead-letter queues by the kind of their events. */
  readonly deadLetters: Readonly<Record<string, Queue>>;
  /** SNS topic to notify. @default none: alarms only show in CloudWatch */
  readonly topicArn?: string | undefined;
};

type Watched = {
  readonly metric: Metric;
  readonly threshold: number;
  readonly minutes: number;
  readonly description: string;
};

const perMinute = { period: Duration.minutes(1) };
const LATE_MS = 5 * 60 * 1000;

export class EventAlarms extends Construct {
  constructor(scope: Construct, id: string, { lifecycleEvents, deadLetters, topicArn }: EventAlarmsProps) {
    super(scope, id);
    const topic = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    const { fn, mappingId } = lifecycleEvents;
    const ofMapping = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { EventSourceMappingUUID: mappingId },
        statistic: 'Sum',
        ...perMinute,
      });
    this.watch('Late', topic, {
      metric: fn.metric('IteratorAge', { statistic: 'Maximum', ...perMinute }),
      threshold: LATE_MS,
      minutes: 3,
      description: 'Events are published more than five minutes late: EventBridge or the table is not responding.',
    });
    this.watch('Failing', topic, {
      metric: fn.metricErrors({ statistic: 'Sum', ...perMinute }),
      threshold: 1,
      minutes: 5,
      description: 'The function that publishes events keeps failing: see its log for the reason.',
    });
    this.watch('FailedRecords', topic, {
      metric: ofMapping('OnFailureDestinationDeliveredEventCount'),
      threshold: 1,
      minutes: 1,
      description: 'Changes without an event are in the bucket of failed records: run scim events redrive.',
    });
    this.watch('LostRecords', topic, {
      metric: ofMapping('DroppedEventCount'),
      threshold: 1,
      minutes: 1,
      description: 'Changes without an event were lost before they reached the bucket: run scim events backfill.',
    });
    for (const [name, queue] of Object.entries(deadLetters))
      this.watch(`${name}DeadLetters`, topic, {
        metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...perMinute }),
        threshold: 1,
        minutes: 1,
        description: 'Events in the dead-letter queue have used up their attempts: redrive it in the SQS console.',
      });
  }

  private watch(name: string, topic: ITopic | undefined, { metric, threshold, minutes, description }: Watched) {
    const alarm = new Alarm(this, name, {
      metric,
      threshold,
      evaluationPeriods: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    });
    if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
  }
}
