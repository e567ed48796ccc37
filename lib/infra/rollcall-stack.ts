/** The stack: the whole deployment at a glance. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { VERSION_SEGMENT } from '../lambda/routes.ts';
import { CleanUpSchedule } from './clean-up-schedule.ts';
import { DirectoryTable } from './directory-table.ts';
import { EventAdministration } from './event-administration.ts';
import { EventAlarms } from './event-alarms.ts';
import { EventRegistry } from './event-registry.ts';
import { FailureBucket } from './failure-bucket.ts';
import { GatewayAlarms } from './gateway-alarms.ts';
import { LifecycleBus } from './lifecycle-bus.ts';
import { LifecycleEvents } from './lifecycle-events.ts';
import { ScimApi } from './scim-api.ts';
import { ScimFunctions } from './scim-functions.ts';
import { TokenCleanUpSchedule } from './token-clean-up-schedule.ts';
import { TokenExpirySchedule } from './token-expiry-schedule.ts';
import type { WebAclLimits } from './web-acl.ts';
import { Webhook } from './webhook-delivery.ts';

export type RollcallStackProps = StackProps & {
  /** URL to which each event is posted, signed. @default no webhook */
  readonly webhookUrl?: string | undefined;
  /** SNS topic that alarms notify. @default none */
  readonly alarmTopicArn?: string | undefined;
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
};

export class RollcallStack extends Stack {
  constructor(scope: Construct, id: string, allProps: RollcallStackProps = {}) {
    const { webhookUrl, alarmTopicArn, webAcl, parallelizationFactor, ...props } = allProps;
    super(scope, id, { description: 'Rollcall: SCIM 2.0 in, lifecycle events out', ...props });
    const tokenSecretPrefix = `rollcall/${this.stackName}/tokens`;

    const table = new DirectoryTable(this, 'Directories');
    const bus = new LifecycleBus(this, 'Events');
    const failed = new FailureBucket(this, 'FailedRecords');
    const lifecycleEvents = new LifecycleEvents(this, 'LifecycleEvents', {
      table,
      bus,
      failed,
      parallelizationFactor,
    });
    const administration = new EventAdministration(this, 'EventAdministration', { table, bus, failed });
    const webhook = webhookUrl === undefined ? undefined : new Webhook(this, 'Webhook', { bus, url: webhookUrl });
    const deadLetters = { Replay: administration.deadLetters, ...(webhook && { Webhook: webhook.deadLetters }) };
    new EventAlarms(this, 'Alarms', { lifecycleEvents, deadLetters, topicArn: alarmTopicArn });
    new EventRegistry(this, 'Schemas');
    new CleanUpSchedule(this, 'Sweep', { table });
    new TokenCleanUpSchedule(this, 'TokenCleanUp', { table, tokenSecretPrefix });
    new TokenExpirySchedule(this, 'TokenExpiry', { table, tokenSecretPrefix });
    const { routed, authorizer } = new ScimFunctions(this, 'Functions', { table, tokenSecretPrefix });
    const api = new ScimApi(this, 'Api', { functions: { ...routed, events: administration.fn }, authorizer, webAcl });
    new GatewayAlarms(this, 'GatewayAlarms', { accessLogs: api.accessLogs, topicArn: alarmTopicArn });

    // The CLI finds a deployment by the names of the first two outputs.
    this.output('BaseUrl', api.urlForPath(`/${VERSION_SEGMENT}`), 'The SCIM base URL for identity providers');
    this.output('AdminUrl', api.urlForPath('/admin'), 'The administration API, for requests signed with AWS IAM');
    this.output('EventBusName', bus.eventBusName, 'The EventBridge bus to subscribe to');
    this.output('TableName', table.tableName, 'The DynamoDB table');
    if (webhook !== undefined)
      this.output('WebhookSecretArn', webhook.secretArn, 'The secret that the signatures of the webhook are made with');
    this.output(
      'KeptAfterDestroy',
      `${tokenSecretPrefix}/*`,
      'Secrets with tokens, made at run time: they, the table and the bucket of failed records stay after cdk destroy',
    );
  }

  private output(name: string, value: string, description: string) {
    new CfnOutput(this, name, { value, description });
  }
}
