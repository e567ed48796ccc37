/** Events that match a pattern -> queue with a dead-letter queue -> function, which reports failures per message. */
import { Duration } from 'aws-cdk-lib';
import { type EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FUNCTION_TIMEOUT_SECONDS } from '../lambda/times.ts';
import type { BundledFunction } from './bundled-function.ts';

export type EventQueueProps = {
  readonly bus: EventBus;
  readonly pattern: EventPattern;
  readonly fn: BundledFunction;
  /** Delivery attempts per message, three minutes apart. */
  readonly attempts: number;
};

const queueProps = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };

export class EventQueue extends Construct {
  readonly rule: Rule;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { bus, pattern, fn, attempts }: EventQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', { ...queueProps, retentionPeriod: Duration.days(14) });
    const queue = new Queue(this, 'Queue', {
      ...queueProps,
      // Six times the function's timeout, as AWS recommends.
      visibilityTimeout: Duration.seconds(6 * FUNCTION_TIMEOUT_SECONDS),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: attempts },
    });
    this.rule = new Rule(this, 'Rule', {
      eventBus: bus,
      eventPattern: pattern,
      targets: [new SqsQueue(queue, { deadLetterQueue: this.deadLetters })],
    });
    fn.addEventSource(
      // Limited, so that a replay or a large import does not use up the account's Lambda concurrency.
      new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 5 }),
    );
  }
}
