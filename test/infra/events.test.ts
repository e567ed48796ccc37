import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { MOVED_RECORD } from '../../lib/events/event-source.ts';
import { eventTypes } from '../../lib/events/event-types.ts';
import { optionalTemplate, standardTemplate } from './synthesis.ts';
import { createStack, OPTIONAL, render, resourcesOf } from './template.ts';

const { webhookUrl: URL, alarmTopicArn: TOPIC } = OPTIONAL;
const template = standardTemplate();
const withWebhook = optionalTemplate();

const alarmsOf = (of: Template) =>
  new Map(
    resourcesOf(of, 'AWS::CloudWatch::Alarm')
      .filter(([id]) => id.startsWith('Alarms'))
      .map(([id, { Properties }]) => [id.slice(0, -8), Properties]),
  );

describe('alarms', () => {
  test('cover late changes, failures, failed records and dead letters', () => {
    const alarms = alarmsOf(template);
    expect([...alarms.keys()].sort()).toEqual([
      'AlarmsFailedRecords',
      'AlarmsFailing',
      'AlarmsLate',
      'AlarmsLostRecords',
      'AlarmsPoisonRecords',
      'AlarmsReplayDeadLetters',
      'AlarmsVeryLate',
    ]);
    for (const [name, minutes] of Object.entries({ AlarmsLate: 15, AlarmsVeryLate: 12 * 60 }))
      expect(alarms.get(name)).toMatchObject({
        MetricName: 'IteratorAge',
        Threshold: minutes * 60_000,
        Statistic: 'Maximum',
      });
    expect(alarms.get('AlarmsFailing')).toMatchObject({ MetricName: 'Errors', Threshold: 1 });
    expect(alarms.get('AlarmsFailedRecords')).toMatchObject({
      MetricName: 'OnFailureDestinationDeliveredEventCount',
      Dimensions: [{ Name: 'EventSourceMappingUUID', Value: { Ref: expect.stringContaining('LifecycleEvents') } }],
    });
    expect(alarms.get('AlarmsLostRecords')).toMatchObject({ MetricName: 'DroppedEventCount' });
    for (const [id, alarm] of alarms) {
      expect(alarm.TreatMissingData, id).toBe('notBreaching');
      expect(alarm.AlarmActions, id).toBeUndefined();
    }
  });

  test('count the records that the function moves to the bucket by its log', () => {
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^LifecycleEventsFunctionLogs') },
      FilterPattern: `"${MOVED_RECORD}"`,
      MetricTransformations: [
        Match.objectLike({ MetricNamespace: 'Rollcall/Rollcall', MetricName: 'MovedRecords', MetricValue: '1' }),
      ],
    });
    expect(alarmsOf(template).get('AlarmsPoisonRecords')).toMatchObject({
      Namespace: 'Rollcall/Rollcall',
      MetricName: 'MovedRecords',
      Threshold: 1,
    });
  });

  test('notify the given topic, including the alarm of the webhook', () => {
    const alarms = alarmsOf(withWebhook);
    expect(alarms.has('AlarmsWebhookDeadLetters')).toBe(true);
    for (const [id, alarm] of alarms) expect(alarm.AlarmActions, id).toEqual([TOPIC]);
  });
});

test('the registry has a schema for each event type, of the whole event', () => {
  template.resourceCountIs('AWS::EventSchemas::Registry', 1);
  const schemas = resourcesOf(template, 'AWS::EventSchemas::Schema').map(([, { Properties }]) => Properties);
  expect(schemas.map(({ SchemaName }) => SchemaName).sort()).toEqual(Object.keys(eventTypes).sort());
  for (const { SchemaName, Type, Content } of schemas) {
    expect(Type).toBe('JSONSchemaDraft4');
    expect(JSON.parse(String(Content))).toMatchObject({
      'x-amazon-events-source': 'rollcall',
      'x-amazon-events-detail-type': SchemaName,
      properties: { detail: { properties: { type: { enum: [SchemaName] } } } },
    });
  }
});

describe('replays', () => {
  test('reach the queue through a rule that matches only replays started by Rollcall', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['rollcall'], 'replay-name': [{ prefix: 'rollcall-' }] },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
  });

  test('the admin function gets the names of the archive, the rule and the bucket', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    const [, { Properties }] = functions.find(([id]) => id.startsWith('EventAdministrationFunction')) ?? [
      '',
      { Properties: {} },
    ];
    const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
    expect(Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, render(value)]))).toEqual({
      TABLE_NAME: '<Directories>',
      EVENT_BUS_NAME: '<Events>',
      EVENT_BUS_ARN: '<Events.Arn>',
      ARCHIVE_ARN: '<EventsArchive.Arn>',
      REPLAY_RULE_ARN: '<EventAdministrationReplayedRule.Arn>',
      FAILURE_BUCKET_URL: 'https://<FailedRecords.RegionalDomainName>',
    });
  });
});

describe('the webhook', () => {
  test('is off by default', () => {
    expect(resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('Webhook'))).toEqual([]);
    expect(Object.keys(template.findOutputs('*'))).not.toContain('WebhookSecretArn');
  });

  test('is a rule for all events, a queue with dead letters, and a function with a URL and a secret', () => {
    withWebhook.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['rollcall'], 'replay-name': Match.absent() },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
    withWebhook.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: Match.objectLike({ maxReceiveCount: 100 }) });
    withWebhook.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: { WEBHOOK_URL: URL, WEBHOOK_SECRET_ARN: { Ref: Match.stringLikeRegexp('^WebhookSecret') } },
      },
    });
    withWebhook.hasOutput('WebhookSecretArn', {});
  });

  test.each(['http://app.example/', 'app.example', 'ftp://x/'])('%s is refused', (webhookUrl) => {
    expect(() => createStack({ webhookUrl })).toThrow('must be an https URL');
  });
});
