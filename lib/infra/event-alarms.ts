/** Alarms when events are late, fail, or end as dead letters. docs/events.md, "Alarms", says what to do about each. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LifecycleEvents } from './lifecycle-events.ts';

export type EventAlarmsProps = {
  readonly lifecycleEvents: LifecycleEvents;
  /** By what lies in them. */
  readonly deadLetters: Readonly<Record<string, Queue>>;
  /** @default the alarms tell nobody: they show in CloudWatch */
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
      description: 'Changes become events more than five minutes late: EventBridge or the table does not answer.',
    });
    this.watch('Failing', topic, {
      metric: fn.metricErrors({ statistic: 'Sum', ...perMinute }),
      threshold: 1,
      minutes: 5,
      description: 'The function that makes events of changes fails again and again: its log says why.',
    });
    this.watch('FailedRecords', topic, {
      metric: ofMapping('OnFailureDestinationDeliveredEventCount'),
      threshold: 1,
      minutes: 1,
      description: 'Changes that became no event lie in the bucket of failed records: scim events redrive.',
    });
    this.watch('LostRecords', topic, {
      metric: ofMapping('DroppedEventCount'),
      threshold: 1,
      minutes: 1,
      description: 'Changes became no event and are in no bucket: scim events backfill.',
    });
    for (const [name, queue] of Object.entries(deadLetters))
      this.watch(`${name}DeadLetters`, topic, {
        metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...perMinute }),
        threshold: 1,
        minutes: 1,
        description: 'Events were tried too often and lie in the dead-letter queue: redrive it in the SQS console.',
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
