/** The rule and queue that `scim events tail --stack` creates and deletes, against a fake of AWS that stores resources in a map. */
import { createHash } from 'node:crypto';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusTail, tailBus } from '../../lib/cli/bus-tail.ts';
import { AwsError, type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';

const QUEUE_ARN = 'arn:aws:sqs:local:0:queue';
const RULE_ARN = 'arn:aws:events:local:0:rule/bus/rule';
type Input = Record<string, unknown>;
const resources = new Map<string, Input>();
const logged: string[] = [];
const fake: { served?: Endpoint; messages: string[]; refused?: string } = { messages: [] };

const put = (name: string, answer: object) => (input: unknown) => {
  if (fake.refused === name) throw new AwsError('AccessDeniedException', `${name} is refused`);
  resources.set(name, { ...resources.get(name), ...(input as Input) });
  return answer;
};
const remove = (name: string) => (): object => {
  if (fake.refused === `no ${name}`) throw new AwsError('AccessDeniedException', `the ${name} stays`);
  if (!resources.delete(name)) throw new AwsError('ResourceNotFoundException', `no ${name}`);
  return {};
};
const policyOf = (queue: Input | undefined): unknown => {
  const { Policy } = (queue?.Attributes ?? {}) as { readonly Policy?: string };
  return JSON.parse(Policy ?? '{}');
};
const toMessage = (Body: string, i: number) => ({
  MessageId: String(i),
  ReceiptHandle: `r${i}`,
  Body,
  MD5OfBody: createHash('md5').update(Body).digest('hex'),
});

beforeEach(async () => {
  resources.clear();
  logged.length = 0;
  fake.messages = [];
  delete fake.refused;
  fake.served = await serveAwsJson({
    'AmazonSQS.CreateQueue': put('queue', { QueueUrl: 'http://127.0.0.1/queue' }),
    'AmazonSQS.GetQueueAttributes': () => ({ Attributes: { QueueArn: QUEUE_ARN } }),
    'AmazonSQS.SetQueueAttributes': put('queue', {}),
    'AmazonSQS.ReceiveMessage': () => ({ Messages: fake.messages.splice(0, 10).map(toMessage) }),
    'AmazonSQS.DeleteMessageBatch': () => ({ Successful: [], Failed: [] }),
    'AmazonSQS.DeleteQueue': remove('queue'),
    'AWSEvents.PutRule': put('rule', { RuleArn: RULE_ARN }),
    'AWSEvents.PutTargets': put('target', { FailedEntryCount: 0, FailedEntries: [] }),
    'AWSEvents.RemoveTargets': remove('target'),
    'AWSEvents.DeleteRule': remove('rule'),
  });
});
afterEach(() => fake.served?.close());

const tail = (over: Partial<BusTail> = {}) => {
  const options = {
    endpoint: fake.served?.endpoint ?? '',
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  return tailBus(
    {
      busName: 'rollcall',
      directory: undefined,
      types: undefined,
      signal: new AbortController().signal,
      log: (text) => logged.push(text),
      ...over,
    },
    { eventBridge: new EventBridgeClient(options), sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }) },
  );
};

test('creates a rule for the wanted events, with a queue that only it may send to; deletes both with the reader', async () => {
  fake.messages = ['{"detail":1}', '{"detail":2}', '{"detail":3}'];
  const texts: string[] = [];
  for await (const text of tail({ directory: 'acme', types: ['user.*', 'group.member_added'] })) {
    texts.push(text);
    if (texts.length < 3) continue;
    const { EventPattern, EventBusName, Name } = resources.get('rule') ?? {};
    expect(JSON.parse(String(EventPattern))).toEqual({
      source: ['rollcall'],
      'detail-type': [{ prefix: 'user.' }, 'group.member_added'],
      detail: { directory: { id: ['acme'] } },
    });
    expect(resources.get('target')).toEqual({ Rule: Name, EventBusName, Targets: [{ Id: 'tail', Arn: QUEUE_ARN }] });
    expect(policyOf(resources.get('queue'))).toMatchObject({
      Statement: [{ Resource: QUEUE_ARN, Condition: { ArnEquals: { 'aws:SourceArn': RULE_ARN } } }],
    });
    expect(logged).toEqual([expect.stringContaining(String(Name))]);
    break;
  }
  expect(texts).toEqual(['{"detail":1}', '{"detail":2}', '{"detail":3}']);
  expect([...resources.keys()]).toEqual([]);
});

test('Ctrl-C ends the tail and deletes all resources', async () => {
  const controller = new AbortController();
  fake.messages = ['{}'];
  for await (const _ of tail({ signal: controller.signal })) controller.abort();
  expect([...resources.keys()]).toEqual([]);
});

test('deletes the resources created before a failed step', async () => {
  fake.refused = 'target';
  await expect(tail().next()).rejects.toThrow('target is refused');
  expect([...resources.keys()]).toEqual([]);
});

test('names resources that cannot be deleted', async () => {
  fake.messages = ['{}'];
  fake.refused = 'no rule';
  for await (const _ of tail()) break;
  expect([...resources.keys()]).toEqual(['rule']);
  expect(logged[1]).toMatch(/^Cannot delete rule or queue rollcall-tail-[0-9a-f]{8}: .*the rule stays$/);
});
