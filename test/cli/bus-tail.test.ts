/** What `scim events tail --stack` makes in the account, and that nothing of it stays. AWS is stood in for by what it keeps. */
import { createHash } from 'node:crypto';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusTail, tailBus } from '../../lib/cli/bus-tail.ts';
import { AwsError, type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';

const QUEUE_ARN = 'arn:aws:sqs:local:0:queue';
const RULE_ARN = 'arn:aws:events:local:0:rule/bus/rule';
type Input = Record<string, unknown>;
const there = new Map<string, Input>();
const said: string[] = [];
const held: { served?: Endpoint; messages: string[]; refused?: string } = { messages: [] };

const put = (name: string, answer: object) => (input: unknown) => {
  if (held.refused === name) throw new AwsError('AccessDeniedException', `${name} is refused`);
  there.set(name, { ...there.get(name), ...(input as Input) });
  return answer;
};
const take = (name: string) => (): object => {
  if (held.refused === `no ${name}`) throw new AwsError('AccessDeniedException', `the ${name} stays`);
  if (!there.delete(name)) throw new AwsError('ResourceNotFoundException', `no ${name}`);
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
  there.clear();
  said.length = 0;
  held.messages = [];
  delete held.refused;
  held.served = await serveAwsJson({
    'AmazonSQS.CreateQueue': put('queue', { QueueUrl: 'http://127.0.0.1/queue' }),
    'AmazonSQS.GetQueueAttributes': () => ({ Attributes: { QueueArn: QUEUE_ARN } }),
    'AmazonSQS.SetQueueAttributes': put('queue', {}),
    'AmazonSQS.ReceiveMessage': () => ({ Messages: held.messages.splice(0, 10).map(toMessage) }),
    'AmazonSQS.DeleteMessageBatch': () => ({ Successful: [], Failed: [] }),
    'AmazonSQS.DeleteQueue': take('queue'),
    'AWSEvents.PutRule': put('rule', { RuleArn: RULE_ARN }),
    'AWSEvents.PutTargets': put('target', { FailedEntryCount: 0, FailedEntries: [] }),
    'AWSEvents.RemoveTargets': take('target'),
    'AWSEvents.DeleteRule': take('rule'),
  });
});
afterEach(() => held.served?.close());

const tail = (over: Partial<BusTail> = {}) => {
  const options = {
    endpoint: held.served?.endpoint ?? '',
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
      say: (text) => said.push(text),
      ...over,
    },
    { eventBridge: new EventBridgeClient(options), sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }) },
  );
};

test('a rule with a queue that only it may send to, for what is wanted; both go with the reader', async () => {
  held.messages = ['{"detail":1}', '{"detail":2}', '{"detail":3}'];
  const seen: string[] = [];
  for await (const text of tail({ directory: 'acme', types: ['user.*', 'group.member_added'] })) {
    seen.push(text);
    if (seen.length < 3) continue;
    const { EventPattern, EventBusName, Name } = there.get('rule') ?? {};
    expect(JSON.parse(String(EventPattern))).toEqual({
      source: ['rollcall'],
      'detail-type': [{ prefix: 'user.' }, 'group.member_added'],
      detail: { directory: { id: ['acme'] } },
    });
    expect(there.get('target')).toEqual({ Rule: Name, EventBusName, Targets: [{ Id: 'tail', Arn: QUEUE_ARN }] });
    expect(policyOf(there.get('queue'))).toMatchObject({
      Statement: [{ Resource: QUEUE_ARN, Condition: { ArnEquals: { 'aws:SourceArn': RULE_ARN } } }],
    });
    expect(said).toEqual([expect.stringContaining(String(Name))]);
    break;
  }
  expect(seen).toEqual(['{"detail":1}', '{"detail":2}', '{"detail":3}']);
  expect([...there.keys()]).toEqual([]);
});

test('Ctrl-C ends it, and everything goes', async () => {
  const ending = new AbortController();
  held.messages = ['{}'];
  for await (const _ of tail({ signal: ending.signal })) ending.abort();
  expect([...there.keys()]).toEqual([]);
});

test('what was made before a step that is refused goes', async () => {
  held.refused = 'target';
  await expect(tail().next()).rejects.toThrow('target is refused');
  expect([...there.keys()]).toEqual([]);
});

test('what cannot be taken away is named', async () => {
  held.messages = ['{}'];
  held.refused = 'no rule';
  for await (const _ of tail()) break;
  expect([...there.keys()]).toEqual(['rule']);
  expect(said[1]).toMatch(/^Still there: rule or queue rollcall-tail-[0-9a-f]{8}: .*the rule stays$/);
});
