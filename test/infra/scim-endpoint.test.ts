/** The construct in a stack of its own, and each of its props, on and off. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { ScimEndpoint, type ScimEndpointProps } from '../../lib/infra/scim-endpoint.ts';
import { standardTemplate } from './synthesis.ts';
import { createStack, render, resourcesOf } from './template.ts';

const standard = standardTemplate();
const synthesize = (props: Partial<ScimEndpointProps>) => Template.fromStack(createStack(props));
const propertiesOf = (template: Template, type: string) =>
  resourcesOf(template, type).map(([, { Properties }]) => Properties);
const functionCalled = (template: Template, description: string) =>
  propertiesOf(template, 'AWS::Lambda::Function').find(({ Description }) =>
    String(Description).startsWith(description),
  );

describe('props', () => {
  test('logRetention: every log group, a month by default', () => {
    const days = (template: Template) =>
      new Set(propertiesOf(template, 'AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays));
    expect(days(standard)).toEqual(new Set([30]));
    expect(days(synthesize({ logRetention: RetentionDays.ONE_WEEK }))).toEqual(new Set([7]));
  });

  test('memorySize and reservedConcurrency: of the named functions alone', () => {
    const template = synthesize({ memorySize: { users: 2048 }, reservedConcurrency: { users: 50 } });
    expect(functionCalled(template, 'SCIM /Users')).toMatchObject({
      MemorySize: 2048,
      ReservedConcurrentExecutions: 50,
    });
    const groups = functionCalled(template, 'SCIM /Groups');
    expect(groups).toMatchObject({ MemorySize: 1024 });
    expect(groups).not.toHaveProperty('ReservedConcurrentExecutions');
    for (const fn of propertiesOf(standard, 'AWS::Lambda::Function'))
      expect(fn).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('tracing: the stage and each function with its permission, off by default', () => {
    const template = synthesize({ tracing: true });
    template.hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: true });
    const functions = propertiesOf(template, 'AWS::Lambda::Function');
    for (const fn of functions) expect(fn).toMatchObject({ TracingConfig: { Mode: 'Active' } });
    const allowed = propertiesOf(template, 'AWS::IAM::Policy').filter((policy) =>
      JSON.stringify(policy).includes('xray:PutTraceSegments'),
    );
    expect(allowed).toHaveLength(functions.length);
    expect(JSON.stringify(standard.toJSON())).not.toMatch(/xray|TracingConfig|TracingEnabled/);
  });

  test('permissionsBoundary: every role, none by default', () => {
    const boundary = 'arn:aws:iam::123456789012:policy/boundary';
    for (const role of propertiesOf(synthesize({ permissionsBoundary: boundary }), 'AWS::IAM::Role'))
      expect(role).toMatchObject({ PermissionsBoundary: boundary });
    for (const role of propertiesOf(standard, 'AWS::IAM::Role')) expect(role).not.toHaveProperty('PermissionsBoundary');
  });

  test('cloudWatchRole: the setting of the account, or none', () => {
    standard.resourceCountIs('AWS::ApiGateway::Account', 1);
    synthesize({ cloudWatchRole: 'existing' }).resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('throttle: of the stage', () => {
    const limits = (template: Template) =>
      propertiesOf(template, 'AWS::ApiGateway::Stage').map(({ MethodSettings }) => MethodSettings);
    expect(limits(standard)).toMatchObject([[{ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 }]]);
    const throttle = { requestsPerSecond: 50, burst: 60 };
    expect(limits(synthesize({ throttle }))).toMatchObject([[{ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 60 }]]);
  });

  test('alarmEmail: a topic that the address is subscribed to and every alarm notifies', () => {
    standard.resourceCountIs('AWS::SNS::Topic', 0);
    const template = synthesize({ alarmEmail: 'on-call@example.com' });
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'on-call@example.com' });
    for (const { AlarmActions } of propertiesOf(template, 'AWS::CloudWatch::Alarm'))
      expect((AlarmActions as unknown[]).map(render)).toEqual(['<AlarmTopic>']);
  });

  test('archiveDays: the archive and the bucket of failed records', () => {
    const template = synthesize({ archiveDays: 30 });
    template.hasResourceProperties('AWS::Events::Archive', { RetentionDays: 30 });
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 30 })] },
    });
    standard.hasResourceProperties('AWS::Events::Archive', { RetentionDays: 90 });
  });

  test('schemaRegistry: on by default, off where asked for and in a region without one', () => {
    standard.resourceCountIs('AWS::EventSchemas::Registry', 1);
    synthesize({ schemaRegistry: false }).resourceCountIs('AWS::EventSchemas::Registry', 0);
    const inRegion = (region: string) => Template.fromStack(createStack({ env: { region } }));
    inRegion('il-central-1').resourceCountIs('AWS::EventSchemas::Registry', 0);
    inRegion('eu-central-1').resourceCountIs('AWS::EventSchemas::Registry', 1);
  });

  test('destroyData: table and bucket go with the stack', () => {
    const policies = (template: Template) =>
      ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket'].flatMap((type) =>
        resourcesOf(template, type).map(([, { DeletionPolicy }]) => DeletionPolicy),
      );
    expect(policies(standard)).toEqual(['Retain', 'Retain']);
    const template = synthesize({ destroyData: true });
    expect(policies(template)).toEqual(['Delete', 'Delete']);
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [Match.objectLike({ DeletionProtectionEnabled: false })],
    });
  });

  test('warmThroughput: of the table', () => {
    const template = synthesize({ warmThroughput: { readUnitsPerSecond: 15_000, writeUnitsPerSecond: 6000 } });
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      WarmThroughput: { ReadUnitsPerSecond: 15_000, WriteUnitsPerSecond: 6000 },
    });
    standard.hasResourceProperties('AWS::DynamoDB::GlobalTable', { WarmThroughput: Match.absent() });
  });

  test('none of them replaces a resource of the default stack', () => {
    const template = synthesize({
      logRetention: RetentionDays.ONE_WEEK,
      memorySize: { admin: 512 },
      tracing: true,
      permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
      throttle: { burst: 10 },
      alarmEmail: 'on-call@example.com',
      archiveDays: 30,
      warmThroughput: { readUnitsPerSecond: 15_000, writeUnitsPerSecond: 6000 },
      customDomain: {
        domainName: 'scim.example.com',
        certificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/example',
      },
    });
    const ids = ({ Resources }: { Resources: Record<string, { Type: string }> }) =>
      Object.entries(Resources)
        .filter(([, { Type }]) => Type !== 'AWS::ApiGateway::Deployment')
        .map(([id]) => id);
    const after = ids(template.toJSON() as Parameters<typeof ids>[0]);
    expect(after).toEqual(expect.arrayContaining(ids(standard.toJSON() as Parameters<typeof ids>[0])));
  });
});

describe('embedded', () => {
  const create = () => new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Product');

  test('an event reaches a target, a role may administer, and URLs and metrics are at hand', () => {
    const stack = create();
    const endpoint = new ScimEndpoint(stack, 'Scim', { cloudWatchRole: 'existing' });
    const queue = new Queue(stack, 'Leavers');
    const role = new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    endpoint.onEvent('Leaver', { pattern: { detailType: ['user.deactivated'] }, target: new SqsQueue(queue) });
    endpoint.grantAdmin(role);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['rollcall'], 'detail-type': ['user.deactivated'] },
    });
    const policy = propertiesOf(template, 'AWS::IAM::Policy').find((one) =>
      JSON.stringify(one).includes('execute-api:Invoke'),
    );
    expect(JSON.stringify(policy)).toContain('/*/admin/*');
    expect(JSON.stringify(policy)).toContain('Operator');
    expect(stack.resolve(endpoint.baseUrl())).toMatchObject({ 'Fn::Join': expect.anything() });
    for (const metric of [endpoint.metricServerErrors(), endpoint.metricLatency(), endpoint.metricMovedRecords()])
      expect(metric.toMetricConfig().metricStat).toBeDefined();
  });

  test('two endpoints of one stack share neither secrets, metrics nor a registry', () => {
    const stack = create();
    const [first, second] = ['First', 'Second'].map(
      (id) => new ScimEndpoint(stack, id, { cloudWatchRole: 'existing' }),
    );
    expect(first?.deploymentName).not.toBe(second?.deploymentName);
    const template = Template.fromStack(stack);
    const registries = propertiesOf(template, 'AWS::EventSchemas::Registry').map(({ RegistryName }) => RegistryName);
    expect(new Set(registries).size).toBe(2);
    const namespaces = propertiesOf(template, 'AWS::Logs::MetricFilter').flatMap(({ MetricTransformations }) =>
      (MetricTransformations as { MetricNamespace: string }[]).map(({ MetricNamespace }) => MetricNamespace),
    );
    expect(new Set(namespaces).size).toBe(2);
  });
});
