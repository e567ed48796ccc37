import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { SubscriberStack } from '../../examples/subscriber/subscriber-stack.ts';

const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const template = Template.fromStack(new SubscriberStack(app, 'Subscriber', { busName: 'lifecycle' }));

test('a rule sends events of users and groups to the queue, and undeliverable ones to the dead-letter queue', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventBusName: 'lifecycle',
    EventPattern: { source: ['rollcall'], 'detail-type': [{ prefix: 'user.' }, { prefix: 'group.' }] },
    Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
  });
});

test('a message has five attempts, and the function reports failures per message', () => {
  template.resourceCountIs('AWS::SQS::Queue', 2);
  template.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }) });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('the table has the keys that the code uses, and expires the rows of deleted resources', () => {
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [
      { AttributeName: 'directory', KeyType: 'HASH' },
      { AttributeName: 'key', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
  expect(Object.keys(template.findResources('AWS::Lambda::Function'))).toHaveLength(1);
});
