/**
 * Alarms for requests that API Gateway itself answers, so that no function sees or counts them. They count lines of the
 * access log, because a metric of API Gateway counts every 5xx alike. docs/events.md, "Alarms", has a remedy for each.
 */
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { GatewayResponseType } from '../lambda/gateway-responses.ts';
import { createAlarms, perMinute } from './alarms.ts';

export type GatewayAlarmsProps = {
  /** Lines of JSON with the type of the gateway response in `gatewayResponse`. */
  readonly accessLogs: ILogGroup;
  /** SNS topic to notify. @default none: alarms only show in CloudWatch */
  readonly topicArn?: string | undefined;
  readonly metricNamespace: string;
};

type Kind = { readonly types: readonly GatewayResponseType[]; readonly minutes: number; readonly description: string };
/** A single failure to invoke may be a deployment, so some kinds have to last several minutes. */
const kinds: Readonly<Record<string, Kind>> = {
  IntegrationFailure: {
    types: ['INTEGRATION_FAILURE'],
    minutes: 3,
    description: 'API Gateway cannot invoke a function: most likely the concurrency of the account is used up.',
  },
  IntegrationTimeout: {
    types: ['INTEGRATION_TIMEOUT'],
    minutes: 1,
    description: 'A function did not answer within 29 seconds.',
  },
  AuthorizerFailure: {
    types: ['AUTHORIZER_FAILURE'],
    minutes: 3,
    description: 'Tokens cannot be verified: Secrets Manager, or the concurrency of the account.',
  },
  ConfigurationError: {
    types: ['API_CONFIGURATION_ERROR', 'AUTHORIZER_CONFIGURATION_ERROR'],
    minutes: 1,
    description: 'API Gateway may not invoke a function, or cannot read its answer.',
  },
  Throttled: {
    types: ['THROTTLED'],
    minutes: 5,
    description: 'Requests exceed the limit of the stage or of the account and are answered 429.',
  },
};

export class GatewayAlarms extends Construct {
  constructor(scope: Construct, id: string, { accessLogs, topicArn, metricNamespace }: GatewayAlarmsProps) {
    super(scope, id);
    const watch = createAlarms(this, topicArn);
    for (const [name, { types, minutes, description }] of Object.entries(kinds)) {
      const filter = new MetricFilter(this, `${name}Lines`, {
        logGroup: accessLogs,
        filterPattern: FilterPattern.any(
          ...types.map((type) => FilterPattern.stringValue('$.gatewayResponse', '=', type)),
        ),
        metricNamespace,
        metricName: name,
      });
      const metric = filter.metric({ statistic: 'Sum', ...perMinute });
      watch(name, { metric, threshold: 1, minutes, description });
    }
  }
}
