import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { functionNames } from '../../lib/infra/bundle.ts';
import { FUNCTION_TIMEOUT_SECONDS, WORK_SECONDS } from '../../lib/lambda/times.ts';
import { variables } from '../../lib/lambda/variables.ts';
import { table } from '../../lib/store/table/names.ts';
import { statementsOf } from './policy.ts';
import { standardTemplate } from './synthesis.ts';
import { createStack, render, resourcesOf } from './template.ts';

const template = standardTemplate();
/** All functions but the webhook, which is off by default. */
const deployed = functionNames.filter((name) => name !== 'webhook');

describe('stored data', () => {
  test('the table is recoverable, protected, retained, and streams both images', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: table.partitionKey, KeyType: 'HASH' },
          { AttributeName: table.sortKey, KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: Match.absent(),
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: table.timeToLive, Enabled: true },
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
  });

  test('the bucket of failed records is retained, encrypted and private, and expires its objects with the archive', () => {
    template.resourceCountIs('AWS::S3::Bucket', 1);
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90, Status: 'Enabled' }] },
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ],
      },
    });
  });

  test('the archive keeps events for 90 days, without those of a backfill or replay', () => {
    template.hasResourceProperties('AWS::Events::Archive', {
      RetentionDays: 90,
      EventPattern: { source: ['rollcall'], detail: { reason: [{ 'anything-but': ['backfill', 'replay'] }] } },
    });
  });

  test('every log group keeps logs for 30 days, and each function writes to its own', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(deployed.length + 2);
    for (const [id, { Properties }] of groups) expect(Properties.RetentionInDays, id).toBe(30);
    const written = resourcesOf(template, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties.LoggingConfig,
    );
    expect(new Set(written.map((logging) => JSON.stringify(logging))).size).toBe(deployed.length);
    expect(written).not.toContain(undefined);
  });
});

describe('the functions', () => {
  const functions = resourcesOf(template, 'AWS::Lambda::Function');
  const policies = resourcesOf(template, 'AWS::IAM::Policy').map(([, { Properties }]) => Properties);

  /** Allowed actions by resource. */
  const permissionsOf = (functionId: string) => {
    const permissions: Record<string, string[]> = {};
    for (const { Effect, Action, Resource } of statementsOf(template, functionId)) {
      expect(Effect).toBe('Allow');
      for (const resource of Resource) permissions[resource] = [...(permissions[resource] ?? []), ...Action].sort();
    }
    return permissions;
  };

  const logs = (functionId: string) => ({
    [`<${functionId}Logs.Arn>`]: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  });
  const resources = [
    'dynamodb:BatchGetItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:ConditionCheckItem',
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ];
  const secrets =
    'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:rollcall/Rollcall/tokens/*';

  const tokenChanges = [
    'secretsmanager:CreateSecret',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:ListSecretVersionIds',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ];
  const replays = 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:replay/rollcall-*';

  const permitted: readonly [string, Readonly<Record<string, readonly string[]>>][] = [
    ['FunctionsUsers', { '<Directories.Arn>': resources }],
    ['FunctionsGroups', { '<Directories.Arn>': resources }],
    ['FunctionsDiscovery', { '<Directories.Arn>': ['dynamodb:BatchGetItem'] }],
    [
      'FunctionsAdmin',
      {
        '<Directories.Arn>': resources,
        [secrets]: tokenChanges,
      },
    ],
    ['FunctionsAuthorizer', { [secrets]: ['secretsmanager:GetSecretValue'] }],
    [
      'TokenExpiryFunction',
      {
        '<Directories.Arn>': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        [secrets]: ['secretsmanager:GetSecretValue'],
      },
    ],
    [
      'TokenCleanUpFunction',
      {
        '<Directories.Arn>': [
          'dynamodb:BatchGetItem',
          'dynamodb:DeleteItem',
          'dynamodb:GetItem',
          'dynamodb:Query',
          'dynamodb:UpdateItem',
        ],
        [secrets]: tokenChanges,
      },
    ],
    [
      'LifecycleEventsFunction',
      {
        '<Directories.Arn>': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
        '<Directories.StreamArn>': [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        '<Events.Arn>': ['events:PutEvents'],
        '<FailedRecords.Arn>': ['s3:ListBucket'],
        '<FailedRecords.Arn>/*': ['s3:PutObject'],
      },
    ],
    [
      'SweepFunction',
      {
        '<Directories.Arn>': [
          'dynamodb:BatchWriteItem',
          'dynamodb:DeleteItem',
          'dynamodb:GetItem',
          'dynamodb:Query',
          'dynamodb:UpdateItem',
        ],
      },
    ],
    [
      'EventAdministrationFunction',
      {
        '<Directories.Arn>': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        '<Events.Arn>': ['events:PutEvents', 'events:StartReplay'],
        '<EventsArchive.Arn>': ['events:StartReplay'],
        [replays]: ['events:DescribeReplay', 'events:StartReplay'],
        '<FailedRecords.Arn>': ['s3:ListBucket'],
        '<FailedRecords.Arn>/*': ['s3:DeleteObject', 's3:GetObject'],
      },
    ],
    [
      'EventAdministrationReplay',
      {
        '<Events.Arn>': ['events:PutEvents'],
        [replays]: ['events:DescribeReplay'],
        '<EventAdministrationReplayedQueue.Arn>': [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:GetQueueUrl',
          'sqs:ReceiveMessage',
        ],
      },
    ],
  ];
  test('every function has a row of permissions', () => {
    const rows = permitted.map(([functionId]) => `<${functionId}>`);
    expect(rows.sort()).toEqual(functions.map(([id]) => render({ Ref: id })).sort());
  });
  test.each(permitted)('%s has exactly these permissions', (functionId, permissions) => {
    expect(permissionsOf(functionId)).toEqual({ ...permissions, ...logs(functionId) });
  });

  test('only the repair of member counts has conditions', () => {
    const conditional = functions
      .flatMap(([id]) => statementsOf(template, id))
      .filter(({ Condition }) => Object.keys(Condition).length > 0);
    expect(conditional).toEqual([
      {
        Effect: 'Allow',
        Action: ['dynamodb:UpdateItem'],
        Resource: ['<Directories.Arn>'],
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'm', 'at', 'gone', 'pending'] },
          StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_NEW'] },
        },
      },
    ]);
  });

  test('only the role for the logs of API Gateway has a managed or an inline policy', () => {
    const others = resourcesOf(template, 'AWS::IAM::Role').filter(
      ([, { Properties }]) => Properties.ManagedPolicyArns !== undefined || Properties.Policies !== undefined,
    );
    expect(others.map(([id]) => id)).toEqual([expect.stringMatching(/^ApiCloudWatchRole/)]);
    expect(functions).toHaveLength(deployed.length);
    expect(policies).toHaveLength(deployed.length);
  });

  test.each([
    ['FunctionsUsers', { [variables.tableName]: '<Directories>' }],
    ['FunctionsGroups', { [variables.tableName]: '<Directories>' }],
    ['FunctionsDiscovery', { [variables.tableName]: '<Directories>' }],
    [
      'FunctionsAdmin',
      { [variables.tableName]: '<Directories>', [variables.tokenSecretPrefix]: 'rollcall/Rollcall/tokens' },
    ],
    ['FunctionsAuthorizer', { [variables.tokenSecretPrefix]: 'rollcall/Rollcall/tokens' }],
    [
      'TokenExpiryFunction',
      { [variables.tableName]: '<Directories>', [variables.tokenSecretPrefix]: 'rollcall/Rollcall/tokens' },
    ],
    [
      'TokenCleanUpFunction',
      { [variables.tableName]: '<Directories>', [variables.tokenSecretPrefix]: 'rollcall/Rollcall/tokens' },
    ],
    [
      'LifecycleEventsFunction',
      {
        [variables.tableName]: '<Directories>',
        [variables.eventBusName]: '<Events>',
        [variables.failureBucketUrl]: 'https://<FailedRecords.RegionalDomainName>',
      },
    ],
    ['SweepFunction', { [variables.tableName]: '<Directories>' }],
  ])('%s has exactly these environment variables', (functionId, expected) => {
    const environment = functions.find(([id]) => id.startsWith(functionId))?.[1].Properties.Environment;
    const { Variables } = environment as { Variables: Record<string, unknown> };
    expect(Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, render(value)]))).toEqual(
      expected,
    );
  });

  test('the authorizer has the memory of decision 9', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Bearer token -> directory and scopes',
      MemorySize: 1024,
    });
  });

  const timeoutOf = (id: string) => {
    if (id.startsWith('SweepFunction')) return 900;
    return id.startsWith('TokenCleanUpFunction') ? 120 : FUNCTION_TIMEOUT_SECONDS;
  };
  test('all run on Node 24 on arm64, with a timeout above their work limit and below that of the gateway', () => {
    for (const [id, { Properties }] of functions)
      expect(Properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: timeoutOf(id),
      });
    expect(FUNCTION_TIMEOUT_SECONDS).toBeLessThan(29);
    expect(WORK_SECONDS).toBeLessThan(FUNCTION_TIMEOUT_SECONDS);
  });
});

test('the cleanup runs every minute, and the next run replaces one that is late or fails', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    Targets: [Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } })],
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: Match.stringLikeRegexp('^SweepFunction[0-9A-F]{8}$') },
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
  });
});

test('the cleanup of token secrets runs every ten minutes, and the next run replaces a retry', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(10 minutes)',
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TokenCleanUpFunction[0-9A-F]{8}$'), 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 0 },
      }),
    ],
  });
});

test('the function reads the filtered stream from its start, and a record that fails for 20 hours goes to the bucket', () => {
  const [[, { Properties }] = ['', { Properties: {} }], ...others] = resourcesOf(
    template,
    'AWS::Lambda::EventSourceMapping',
  );
  expect(others.map(([id]) => id)).toEqual([expect.stringMatching(/^EventAdministrationReplay/)]);
  expect({ ...Properties, EventSourceArn: render(Properties.EventSourceArn) }).toEqual({
    EventSourceArn: '<Directories.StreamArn>',
    FunctionName: { Ref: expect.stringMatching(/^LifecycleEventsFunction[0-9A-F]{8}$/) },
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    ParallelizationFactor: 2,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: 20 * 60 * 60,
    DestinationConfig: {
      OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^FailedRecords[0-9A-F]{8}$/), 'Arn'] } },
    },
    MetricsConfig: { Metrics: ['EventCount'] },
    FilterCriteria: { Filters: [{ Pattern: expect.any(String) }] },
  });
  const { Filters } = Properties.FilterCriteria as { Filters: { Pattern: string }[] };
  expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
    {
      eventName: ['INSERT', 'MODIFY'],
      dynamodb: { Keys: { sk: { S: ['RESOURCE', 'MEMBEROF', 'DIRECTORY', { prefix: 'EXPIRING#' }] } } },
    },
  ]);
});

test('no function reserves concurrency, of which a new account may have too little', () => {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function'))
    expect(Properties.ReservedConcurrentExecutions, id).toBeUndefined();
});

test('the number of batches per shard is a prop', () => {
  const template = Template.fromStack(createStack({ parallelizationFactor: 10 }));
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ParallelizationFactor: 10 });
});

test('the check for expiring tokens runs every day', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 day)',
    Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TokenExpiryFunction[0-9A-F]{8}$'), 'Arn'] } }],
  });
});

test('the outputs have the names that the operator CLI looks for', () => {
  const outputs = Object.entries(template.findOutputs('*')).map(([name, { Value }]) => [name, render(Value)]);
  expect(Object.fromEntries(outputs)).toEqual({
    BaseUrl: 'https://<Api>.execute-api.<AWS::Region>.<AWS::URLSuffix>/<ApiDeploymentStagescim>/v2',
    AdminUrl: 'https://<Api>.execute-api.<AWS::Region>.<AWS::URLSuffix>/<ApiDeploymentStagescim>/admin',
    EventBusName: '<Events>',
    TableName: '<Directories>',
    KeptAfterDestroy: 'rollcall/Rollcall/tokens/*',
  });
});

test('the size limit of events is a setting of both functions that publish changes', () => {
  const environments = Object.values(
    Template.fromStack(createStack({ eventLimitBytes: 1_000_000 })).findResources('AWS::Lambda::Function'),
  ).map(({ Properties }) => Properties.Environment?.Variables?.EVENT_LIMIT_BYTES);
  expect(environments.filter((value) => value !== undefined)).toEqual(['1000000', '1000000']);
  for (const eventLimitBytes of [Number.NaN, 1000, 1_000_001])
    expect(() => createStack({ eventLimitBytes })).toThrow('eventLimitBytes: expected an integer');
});
