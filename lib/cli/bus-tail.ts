/**
 * The events of a deployment's bus as they happen: a rule and a queue of their own for as long as somebody watches.
 * EventBridge itself cannot be read. Loaded only when a deployment is tailed.
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

export type BusTail = {
  readonly busName: string;
  /** Only events of this directory. */
  readonly directory: string | undefined;
  /** Only these types, `user.created` or `user.*`; undefined: all. */
  readonly types: readonly string[] | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told once, when events begin to be collected, what was made for it; and what could not be taken away again. */
  readonly say: (text: string) => void;
};
type Clients = { readonly eventBridge: EventBridgeClient; readonly sqs: SQSClient };
type Place = { readonly name: string; readonly busName: string };

/** What nobody read is gone after this: the queue of a tail that was killed does not fill up. */
const RETENTION_SECONDS = '300';
const LONGEST_POLL_SECONDS = 20;
const AT_ONCE = 10;
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

const makeQueue = async ({ sqs }: Clients, name: string) => {
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { MessageRetentionPeriod: RETENTION_SECONDS, SqsManagedSseEnabled: 'true' },
    }),
  );
  return QueueUrl;
};

const connect = async ({ eventBridge, sqs }: Clients, { name, busName }: Place, { queueUrl, tail }: Watched) => {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  );
  const queueArn = Attributes?.QueueArn ?? '';
  const { RuleArn = '' } = await eventBridge.send(
    new PutRuleCommand({
      Name: name,
      EventBusName: busName,
      EventPattern: JSON.stringify(patternOf(tail)),
      Description: 'Made by scim events tail for as long as it runs.',
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
type Watched = { readonly queueUrl: string; readonly tail: BusTail };

/** Each step is tried, whatever became of the one before. @returns what is still there */
const takeAway = async ({ eventBridge, sqs }: Clients, { name, busName }: Place, queueUrl: string) => {
  const rule = { Name: name, EventBusName: busName };
  const steps = [
    () => eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName: busName, Ids: [TARGET_ID] })),
    () => eventBridge.send(new DeleteRuleCommand(rule)),
    () => sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl })),
  ];
  const faults: unknown[] = [];
  for (const step of steps)
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) faults.push(error);
    }
  return faults;
};

/** Long polls until the signal; what was handed out is deleted behind it. */
async function* receive({ sqs }: Clients, { queueUrl, tail }: Watched): AsyncGenerator<string> {
  while (!tail.signal.aborted) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: AT_ONCE,
        WaitTimeSeconds: LONGEST_POLL_SECONDS,
      }),
      { abortSignal: tail.signal },
    );
    for (const { Body } of Messages) if (Body !== undefined) yield Body;
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/**
 * Ends with the signal, or when whoever reads has enough; the rule and the queue go with it.
 * @returns events as EventBridge delivers them, a JSON text each, in about the order in which they happen
 * @throws what AWS says
 */
export async function* tailBus(
  tail: BusTail,
  clients: Clients = { eventBridge: new EventBridgeClient(), sqs: new SQSClient() },
): AsyncGenerator<string> {
  const place = { name: `rollcall-tail-${randomBytes(4).toString('hex')}`, busName: tail.busName };
  const queueUrl = await makeQueue(clients, place.name);
  try {
    const watched = { queueUrl, tail };
    await connect(clients, place, watched);
    tail.say(`Waiting for events: rule and queue ${place.name}, until Ctrl-C. The first may take a minute to come.`);
    yield* receive(clients, watched);
  } catch (error) {
    if (!tail.signal.aborted) throw error;
  } finally {
    const faults = await takeAway(clients, place, queueUrl);
    if (faults.length > 0) tail.say(`Still there: rule or queue ${place.name}: ${faults.map(String).join('; ')}`);
  }
}
