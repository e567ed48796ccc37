import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { readContext } from '../../lib/infra/context.ts';
import { addStack } from '../../lib/infra/stack-from-context.ts';

const add = (context: Readonly<Record<string, unknown>>) =>
  addStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), readContext(context));

describe('reading options', () => {
  test('text of the command line and values of cdk.json are the same', () => {
    const read = { archiveDays: 30, tracing: true, destroyData: false };
    expect(
      readContext({ 'rollcall:archiveDays': '30', 'rollcall:tracing': 'true', 'rollcall:destroyData': 'false' }),
    ).toEqual(read);
    expect(
      readContext({ 'rollcall:archiveDays': 30, 'rollcall:tracing': true, 'rollcall:destroyData': false }),
    ).toEqual(read);
  });

  test('the options of the first release have no prefix; other keys are ignored, and an empty option is none', () => {
    const context = {
      webhookUrl: 'https://a.example',
      alarmTopicArn: '',
      '@aws-cdk/core:x': true,
      'other:archiveDays': 1,
    };
    expect(readContext(context)).toEqual({ webhookUrl: 'https://a.example' });
  });

  test.each([
    ['rollcall:archivDays', '3', 'no option rollcall:archivDays. Did you mean rollcall:archiveDays?'],
    ['rollcall:traceing', 'true', 'Did you mean rollcall:tracing?'],
    ['rollcall:', 'x', 'There is no option rollcall:.'],
    ['rollcall:archiveDays', 'soon', 'rollcall:archiveDays must be a whole number.'],
    ['rollcall:archiveDays', '1e3', 'rollcall:archiveDays must be a whole number.'],
    ['rollcall:tracing', 'yes', 'rollcall:tracing must be true or false.'],
    ['rollcall:cloudWatchRole', 'maybe', 'rollcall:cloudWatchRole must be create or existing.'],
    ['rollcall:memorySize', { users: 'big' }, 'rollcall:memorySize.users must be a whole number.'],
  ])('%s=%j is refused', (key, value, message) => {
    expect(() => readContext({ [key]: value })).toThrow(message);
  });
});

describe('the stack', () => {
  const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/example';

  test.each([
    [{ 'rollcall:domainName': 'scim.example.com' }, 'rollcall:domainName and rollcall:certificateArn belong together'],
    [{ 'rollcall:hostedZoneId': 'Z1' }, 'rollcall:hostedZoneId and rollcall:hostedZoneName belong together'],
    [{ 'rollcall:hostedZoneId': 'Z1', 'rollcall:hostedZoneName': 'example.com' }, 'needs rollcall:domainName'],
    [{ 'rollcall:warmReadUnitsPerSecond': '1' }, 'belong together'],
    [{ 'rollcall:webAclDirectories': '2' }, 'needs rollcall:webAclRequestsPerFiveMinutes'],
    [{ alarmTopicArn: 'arn:aws:sns:a:1:b', 'rollcall:alarmEmail': 'a@example.com' }, 'not both'],
    [{ 'rollcall:archiveDays': '0' }, 'archiveDays must be a whole number from 1'],
    [{ 'rollcall:parallelizationFactor': '11' }, 'parallelizationFactor must be a whole number from 1 to 10'],
    [{ 'rollcall:memorySize': { users: 64 } }, 'memorySize.users must be a whole number from 128'],
    [{ 'rollcall:memorySize': { user: 512 } }, 'memorySize.user'],
    [{ 'rollcall:reservedConcurrency': { users: 0 } }, 'reservedConcurrency.users'],
    [{ 'rollcall:requestsPerSecond': '0' }, 'throttle.requestsPerSecond'],
    [{ webhookUrl: 'http://a.example' }, 'https'],
  ])('%j is refused', (context, message) => {
    expect(() => add(context)).toThrow(message);
  });

  test('has a custom domain, with records if the hosted zone is given', () => {
    const domain = { 'rollcall:domainName': 'scim.example.com', 'rollcall:certificateArn': certificateArn };
    const zone = { 'rollcall:hostedZoneId': 'Z1', 'rollcall:hostedZoneName': 'example.com' };
    Template.fromStack(add(domain)).resourceCountIs('AWS::Route53::RecordSet', 0);
    const template = Template.fromStack(add({ ...domain, ...zone }));
    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'scim.example.com',
      RegionalCertificateArn: certificateArn,
      SecurityPolicy: 'TLS_1_2',
    });
    template.resourceCountIs('AWS::ApiGateway::BasePathMapping', 1);
    template.resourceCountIs('AWS::Route53::RecordSet', 2);
    expect(template.toJSON().Outputs).toMatchObject({
      BaseUrl: { Value: 'https://scim.example.com/v2' },
      AdminUrl: { Value: 'https://scim.example.com/admin' },
    });
  });
});
