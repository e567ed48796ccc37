/** Alarms on the access log's lines about requests that API Gateway itself answered. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { optionalTemplate, standardTemplate } from './synthesis.ts';
import { OPTIONAL, render, resourcesOf } from './template.ts';

const template = standardTemplate();
const Filter = z.object({
  FilterPattern: z.string(),
  MetricTransformations: z.tuple([
    z.object({ MetricNamespace: z.string(), MetricName: z.string(), MetricValue: z.literal('1') }),
  ]),
});
const filters = resourcesOf(template, 'AWS::Logs::MetricFilter')
  .filter(([id]) => id.startsWith('GatewayAlarms'))
  .map(([, { Properties }]) => ({ logGroup: render(Properties.LogGroupName), ...Filter.parse(Properties) }));
const alarms = (of = template) =>
  resourcesOf(of, 'AWS::CloudWatch::Alarm')
    .filter(([id]) => id.startsWith('GatewayAlarms'))
    .map(([, { Properties }]) => Properties);

test('s17 each kind of trouble has a filter on the access log, and an alarm on its metric', () => {
  expect(filters.map(({ FilterPattern }) => [...FilterPattern.matchAll(/"(\w+)"/g)].map(([, type]) => type))).toEqual([
    ['INTEGRATION_FAILURE'],
    ['INTEGRATION_TIMEOUT'],
    ['AUTHORIZER_FAILURE'],
    ['API_CONFIGURATION_ERROR', 'AUTHORIZER_CONFIGURATION_ERROR'],
    ['THROTTLED'],
  ]);
  for (const { FilterPattern } of filters)
    expect(FilterPattern).toMatch(/^\{ (\(?\$\.gatewayResponse = "\w+"\)?( \|\| )?)+ \}$/);
  expect(new Set(filters.map(({ logGroup }) => logGroup))).toEqual(new Set(['<ApiAccessLogs>']));
  expect(alarms().map(({ Namespace, MetricName }) => ({ Namespace, MetricName }))).toEqual(
    filters.map(({ MetricTransformations: [{ MetricNamespace, MetricName }] }) => ({
      Namespace: MetricNamespace,
      MetricName,
    })),
  );
  for (const { TreatMissingData, AlarmActions } of alarms())
    expect({ TreatMissingData, AlarmActions }).toEqual({ TreatMissingData: 'notBreaching', AlarmActions: undefined });
});

test('s17 the access log names the gateway response in the field that the filters read', () => {
  const [[, { Properties }] = ['', { Properties: {} }]] = resourcesOf(template, 'AWS::ApiGateway::Stage');
  const { Format, DestinationArn } = z
    .object({ Format: z.string(), DestinationArn: z.unknown() })
    .parse(Properties.AccessLogSetting);
  expect(JSON.parse(Format)).toMatchObject({ gatewayResponse: '$context.error.responseType' });
  expect(render(DestinationArn)).toMatch(/:log-group:<ApiAccessLogs>$/);
});

test('s17 they notify the given topic', () => {
  for (const { AlarmActions } of alarms(optionalTemplate())) expect(AlarmActions).toEqual([OPTIONAL.alarmTopicArn]);
});
