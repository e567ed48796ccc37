/**
 * Tails a deployment's event bus through a temporary rule and queue, because EventBridge itself cannot be read.
 * Loaded only when a deployment is tailed.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
import { randomBytes } from 'node:crypto';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Account, configOf } from './aws-deployment.ts';

export type BusTail = {
  readonly busName: string;
  /** Only events of this directory; undefined: all. */
  readonly directory: string | undefined;
  /** Only these types, for example `user.created` or `user.*`; undefined: all. */
  readonly types: readonly string[] | undefined;
  /** Stops the tail. */
  readonly signal: AbortSignal;
  /** Called with the name of the rule and queue when collection starts, and again if they cannot be deleted. */
  readonly log: (text: string) => void;
};
type Clients = { readonly eventBridge: EventBridgeClient; readonly sqs: SQSClient };
type RuleLocation = { readonly name: string; readonly busName: string };

/** Clients with the profile and region of the options. */
export const openBusClients = (account: Account): Clients => ({
  eventBridge: new EventBridgeClient(configOf(account)),
  sqs: new SQSClient(configOf(account)),
});

/** Unread messages expire after this time, so that the queue of a killed tail does not fill up. */
const RETENTION_SECONDS = '300';
const MAX_POLL_SECONDS = 20;
const MAX_MESSAGES = 10;
const TARGET_ID = 'tail';

const patternOf = ({ directory, types }: BusTail) => ({
  source: ['rollcall'],
  ...(types === undefined
    ? {}
    : { 'detail-type': types.map((type) => (type.endsWith('.*') ? { prefix: type.slice(0, -1) } : type)) }),
  ...(directory === undefined ? {} : { detail: { directory: { id: [directory] } } }),
});

const policyOf = (queueArn: string, ruleArn: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
    },
  ],
});

const createQueue = async ({ sqs }: Clients, name: string) => {
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { MessageRetentionPeriod: RETENTION_SECONDS, SqsManagedSseEnabled: 'true' },
    }),
  );
  return QueueUrl;
};

const connect = async (
  { eventBridge, sqs }: Clients,
  { name, busName }: RuleLocation,
  { queueUrl, tail }: OpenTail,
) => {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  );
  const queueArn = Attributes?.QueueArn ?? '';
  const { RuleArn = '' } = await eventBridge.send(
    new PutRuleCommand({
      Name: name,
      EventBusName: busName,
      EventPattern: JSON.stringify(patternOf(tail)),
      Description: 'Temporary rule of scim events tail, deleted when the command ends.',
    }),
  );
  const Policy = JSON.stringify(policyOf(queueArn, RuleArn));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy } }));
  const Targets = [{ Id: TARGET_ID, Arn: queueArn }];
  const { FailedEntries = [] } = await eventBridge.send(
    new PutTargetsCommand({ Rule: name, EventBusName: busName, Targets }),
  );
  if (FailedEntries[0] !== undefined) throw new Error(FailedEntries[0].ErrorMessage ?? 'the rule has no target');
};
type OpenTail = { readonly queueUrl: string; readonly tail: BusTail };

/** Deletes the rule and the queue, attempting every step even if an earlier one fails. @returns the errors */
const deleteResources = async ({ eventBridge, sqs }: Clients, { name, busName }: RuleLocation, queueUrl: string) => {
  const rule = { Name: name, EventBusName: busName };
  const steps = [
    () => eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName: busName, Ids: [TARGET_ID] })),
    () => eventBridge.send(new DeleteRuleCommand(rule)),
    () => sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl })),
  ];
  const errors: unknown[] = [];
  for (const step of steps)
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) errors.push(error);
    }
  return errors;
};

/** Long-polls until the signal is aborted. Deletes messages after they are yielded. */
async function* receive({ sqs }: Clients, { queueUrl, tail }: OpenTail): AsyncGenerator<string> {
  while (!tail.signal.aborted) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MAX_MESSAGES,
        WaitTimeSeconds: MAX_POLL_SECONDS,
      }),
      { abortSignal: tail.signal },
    );
    for (const { Body } of Messages) if (Body !== undefined) yield Body;
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/**
 * Tails the bus until the signal is aborted or the consumer stops, then deletes the rule and the queue.
 * @returns events as EventBridge delivers them, one JSON text each, in approximately the order of occurrence
 * @throws errors of the AWS SDK
 */
export async function* tailBus(tail: BusTail, clients: Clients): AsyncGenerator<string> {
  const location = { name: `rollcall-tail-${randomBytes(4).toString('hex')}`, busName: tail.busName };
  const queueUrl = await createQueue(clients, location.name);
  try {
    const open = { queueUrl, tail };
    await connect(clients, location, open);
    tail.log(
      `Waiting for events through the temporary rule and queue ${location.name}. The first may take a minute. Press Ctrl-C to stop.`,
    );
    yield* receive(clients, open);
  } catch (error) {
    if (!tail.signal.aborted) throw error;
  } finally {
    const errors = await deleteResources(clients, location, queueUrl);
    if (errors.length > 0) tail.log(`Cannot delete rule or queue ${location.name}: ${errors.map(String).join('; ')}`);
  }
}
