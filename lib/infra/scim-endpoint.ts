/** The whole deployment as one construct, to embed in a stack of your own. */
import { CfnOutput, Names, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, type EventPattern, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../events/event-source.ts';
import { VERSION_SEGMENT } from '../lambda/routes.ts';
import { functionNames } from './bundle.ts';
import { CleanUpSchedule } from './clean-up-schedule.ts';
import { applySettings, type DeploymentSettings } from './deployment-settings.ts';
import { DirectoryTable } from './directory-table.ts';
import { EventAdministration } from './event-administration.ts';
import { EventAlarms } from './event-alarms.ts';
import { EventRegistry, hasSchemaRegistry } from './event-registry.ts';
import { FailureBucket } from './failure-bucket.ts';
import { GatewayAlarms } from './gateway-alarms.ts';
import { LifecycleBus } from './lifecycle-bus.ts';
import { LifecycleEvents } from './lifecycle-events.ts';
import { type ApiOptions, ScimApi } from './scim-api.ts';
import { ScimFunctions } from './scim-functions.ts';
import { TokenCleanUpSchedule } from './token-clean-up-schedule.ts';
import { TokenExpirySchedule } from './token-expiry-schedule.ts';
import type { WebAclLimits } from './web-acl.ts';
import { Webhook } from './webhook-delivery.ts';

export type ScimEndpointProps = ApiOptions &
  DeploymentSettings & {
    /**
     * Names the secrets of tokens, the metrics and the schema registry: unique in the account and region, and never
     * changed afterwards, because the functions find the tokens by it.
     * @default the name of the stack, and for a construct other than `Default` its path in the stack
     */
    readonly deploymentName?: string | undefined;
    /** An https URL to which each event is posted, signed. @default no webhook */
    readonly webhookUrl?: string | undefined;
    /** SNS topic that alarms notify. @default none */
    readonly alarmTopicArn?: string | undefined;
    /** Address that alarms notify, through a topic of their own. AWS asks it to confirm. @default none */
    readonly alarmEmail?: string | undefined;
    /**
     * A web ACL that limits the requests of one address; above it the API answers 429. The limit counts for all
     * directories together, because identity providers call for all customers from a few addresses.
     * @default no web ACL
     */
    readonly webAcl?: WebAclLimits | undefined;
    /**
     * Batches of one shard of the table's stream that are published at a time, 1 to 10. More let events keep up with more
     * writes and use more of the account's Lambda concurrency.
     * @default 2
     */
    readonly parallelizationFactor?: number | undefined;
    /**
     * Size in bytes above which an event has no values of attributes (`resourceOmitted`), 65,536 to 1,000,000. Some
     * targets accept less than EventBridge (docs/events.md).
     * @default 262,144
     */
    readonly eventLimitBytes?: number | undefined;
    /** Days that events can be replayed for, and failed records redriven. @default 90 */
    readonly archiveDays?: number | undefined;
    /** Schemas of the events in EventBridge's registry. @default true, except in regions known to have no registry */
    readonly schemaRegistry?: boolean | undefined;
    /** Units a second that the table serves at once after a pause. AWS bills the preparation. @default none */
    readonly warmThroughput?: WarmThroughput | undefined;
    /** Whether deleting the stack deletes the table, and the bucket if it is empty, for trials. @default false */
    readonly destroyData?: boolean | undefined;
  };

const checkRange = (name: string, value: number | undefined, [least, most]: readonly [number, number]): void => {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
};

const checkFunctions = (
  prop: string,
  values: Readonly<Record<string, number>> = {},
  range: readonly [number, number],
): void => {
  for (const [name, value] of Object.entries(values)) {
    if (!functionNames.some((known) => known === name))
      throw new Error(`${prop}.${name}: there is no function ${name}, only ${functionNames.join(', ')}`);
    checkRange(`${prop}.${name}`, value, range);
  }
};

/** @throws RangeError, Error */
const checkProps = (props: ScimEndpointProps): void => {
  checkRange('parallelizationFactor', props.parallelizationFactor, [1, 10]);
  checkRange('archiveDays', props.archiveDays, [1, 3650]);
  checkRange('throttle.requestsPerSecond', props.throttle?.requestsPerSecond, [1, 10_000]);
  checkRange('throttle.burst', props.throttle?.burst, [1, 5000]);
  checkFunctions('memorySize', props.memorySize, [128, 10_240]);
  checkFunctions('reservedConcurrency', props.reservedConcurrency, [1, 10_000]);
  if (props.alarmTopicArn !== undefined && props.alarmEmail !== undefined)
    throw new Error('Give alarmTopicArn or alarmEmail, not both: subscribe the address to the topic.');
};

/** Ids with this name do not count in logical ids, so the stack of the first release keeps its resources. */
const HIDDEN_ID = 'Default';

export class ScimEndpoint extends Construct {
  readonly api: RestApi;
  readonly table: TableV2;
  /** Carries the lifecycle events. */
  readonly bus: EventBus;
  /** The administration API, for requests signed with AWS IAM. */
  readonly adminUrl: string;
  /** The secret with which the webhook signs; undefined without a webhook. */
  readonly webhookSecretArn: string | undefined;
  readonly deploymentName: string;
  private readonly scimApi: ScimApi;

  /** @throws RangeError, Error for props that AWS or an identity provider would refuse */
  constructor(scope: Construct, id: string, props: ScimEndpointProps) {
    super(scope, id);
    checkProps(props);
    const { stackName } = Stack.of(this);
    this.deploymentName =
      props.deploymentName ??
      (id === HIDDEN_ID ? stackName : `${stackName}-${Names.uniqueResourceName(this, { maxLength: 64 })}`);
    const tokenSecretPrefix = `rollcall/${this.deploymentName}/tokens`;
    const topicArn = this.alarmTopic(props);

    const table = new DirectoryTable(this, 'Directories', props);
    const bus = new LifecycleBus(this, 'Events', props);
    const failed = new FailureBucket(this, 'FailedRecords', {
      days: props.archiveDays,
      destroyData: props.destroyData,
    });
    const { parallelizationFactor, eventLimitBytes, webhookUrl } = props;
    const events = { table, bus, failed, eventLimitBytes };
    const lifecycleEvents = new LifecycleEvents(this, 'LifecycleEvents', { ...events, parallelizationFactor });
    const administration = new EventAdministration(this, 'EventAdministration', events);
    const webhook = webhookUrl === undefined ? undefined : new Webhook(this, 'Webhook', { bus, url: webhookUrl });
    const deadLetters = { Replay: administration.deadLetters, ...(webhook && { Webhook: webhook.deadLetters }) };
    const { metricNamespace } = this;
    new EventAlarms(this, 'Alarms', { lifecycleEvents, deadLetters, topicArn, metricNamespace });
    if (props.schemaRegistry ?? hasSchemaRegistry(Stack.of(this).region))
      new EventRegistry(this, 'Schemas', { registryName: `${this.deploymentName}-events` });
    new CleanUpSchedule(this, 'Sweep', { table });
    new TokenCleanUpSchedule(this, 'TokenCleanUp', { table, tokenSecretPrefix });
    new TokenExpirySchedule(this, 'TokenExpiry', { table, tokenSecretPrefix });
    const { routed, authorizer } = new ScimFunctions(this, 'Functions', { table, tokenSecretPrefix });
    const functions = { ...routed, events: administration.fn };
    this.scimApi = new ScimApi(this, 'Api', { ...props, functions, authorizer });
    new GatewayAlarms(this, 'GatewayAlarms', { accessLogs: this.scimApi.accessLogs, topicArn, metricNamespace });
    applySettings(this, props);

    this.api = this.scimApi.api;
    this.table = table;
    this.bus = bus;
    this.adminUrl = this.scimApi.urlForPath('/admin');
    this.webhookSecretArn = webhook?.secretArn;
  }

  /** The SCIM base URL for identity providers. */
  baseUrl(): string {
    return this.scimApi.urlForPath(`/${VERSION_SEGMENT}`);
  }

  /** Lets a principal call the administration API with signed requests. */
  grantAdmin(grantee: IGrantable): Grant {
    const resourceArns = [this.api.arnForExecuteApi('*', '/admin/*', this.api.deploymentStage.stageName)];
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  /**
   * Subscribes a target to events.
   * @param pattern the `detailType` and `detail` of docs/events.md; without it all events match
   */
  onEvent(id: string, { pattern = {}, target }: { pattern?: EventPattern; target: IRuleTarget }): Rule {
    const eventPattern = { source: [EVENT_SOURCE], ...pattern };
    return new Rule(this, id, { eventBus: this.bus, eventPattern, targets: [target] });
  }

  /** Requests that the API answered with a status of 500 or above, authorizer and gateway included. */
  metricServerErrors(options?: MetricOptions): Metric {
    return this.api.metricServerError(options);
  }

  /** Milliseconds from a request to its answer. */
  metricLatency(options?: MetricOptions): Metric {
    return this.api.metricLatency(options);
  }

  /** Changes that can never become an event and were moved to the bucket of failed records. */
  metricMovedRecords(options?: MetricOptions): Metric {
    return new Metric({ namespace: this.metricNamespace, metricName: 'MovedRecords', statistic: 'Sum', ...options });
  }

  /** Adds the outputs by which `scim --stack` finds the deployment; one endpoint of a stack can have them. */
  addOutputs(): void {
    const stack = Stack.of(this);
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(stack, name, { value, description });
    output('BaseUrl', this.baseUrl(), 'The SCIM base URL for identity providers');
    output('AdminUrl', this.adminUrl, 'The administration API, for requests signed with AWS IAM');
    output('EventBusName', this.bus.eventBusName, 'The EventBridge bus to subscribe to');
    output('TableName', this.table.tableName, 'The DynamoDB table');
    if (this.webhookSecretArn !== undefined)
      output('WebhookSecretArn', this.webhookSecretArn, 'The secret that the signatures of the webhook are made with');
    if (this.scimApi.domainTarget !== undefined)
      output('DomainTarget', this.scimApi.domainTarget, 'The host that the record of the custom domain points to');
    output(
      'KeptAfterDestroy',
      `rollcall/${this.deploymentName}/tokens/*`,
      'Secrets with tokens, made at run time: they, the table and the bucket of failed records stay after cdk destroy',
    );
  }

  private get metricNamespace(): string {
    return `Rollcall/${this.deploymentName}`;
  }

  private alarmTopic({ alarmTopicArn, alarmEmail }: ScimEndpointProps): string | undefined {
    if (alarmEmail === undefined) return alarmTopicArn;
    const topic = new Topic(this, 'AlarmTopic', { displayName: 'Alarms of Rollcall', enforceSSL: true });
    topic.addSubscription(new EmailSubscription(alarmEmail));
    return topic.topicArn;
  }
}
