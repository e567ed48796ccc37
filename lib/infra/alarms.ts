/** Alarms on a metric that reaches a threshold in each of some minutes. They notify the operator's topic, if there is one. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export const perMinute = { period: Duration.minutes(1) };

type Watched = {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly minutes: number;
  readonly description: string;
};

/** @param topicArn SNS topic to notify. @returns a function that adds an alarm below the construct */
export const createAlarms = (scope: Construct, topicArn: string | undefined) => {
  const topic = topicArn === undefined ? undefined : Topic.fromTopicArn(scope, 'Topic', topicArn);
  return (name: string, { metric, threshold, minutes, description }: Watched): void => {
    const alarm = new Alarm(scope, name, {
      metric,
      threshold,
      evaluationPeriods: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    });
    if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
  };
};
