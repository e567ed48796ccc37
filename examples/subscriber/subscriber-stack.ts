/** EventBridge rule -> queue, with a dead-letter queue -> function -> the application's own table. */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export type SubscriberStackProps = StackProps & {
  /** Output `EventBusName` of the Rollcall stack. */
  readonly busName: string;
};

export class SubscriberStack extends Stack {
  constructor(scope: Construct, id: string, { busName, ...props }: SubscriberStackProps) {
    super(scope, id, { description: 'An application that follows the lifecycle events of Rollcall', ...props });
    const table = new TableV2(this, 'People', {
      partitionKey: { name: 'directory', type: AttributeType.STRING },
      sortKey: { name: 'key', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const queue = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) };
    const deadLetters = new Queue(this, 'DeadLetters', queue);
    const events = new Queue(this, 'Events', {
      ...queue,
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    new Rule(this, 'Rule', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', busName),
      eventPattern: { source: ['rollcall'], detailType: Match.anyOf(Match.prefix('user.'), Match.prefix('group.')) },
      targets: [new SqsQueue(events, { deadLetterQueue: deadLetters })],
    });
    const fn = new NodejsFunction(this, 'Function', {
      entry: `${import.meta.dirname}/function.ts`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(30),
      environment: { TABLE_NAME: table.tableName },
    });
    table.grantReadWriteData(fn);
    fn.addEventSource(new SqsEventSource(events, { batchSize: 10, reportBatchItemFailures: true }));
  }
}
