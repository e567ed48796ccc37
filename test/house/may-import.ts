/** The dependency table. A row is a folder or a file; a module without a row, or a row without a module, fails the test. */
export type Row = {
  readonly mayImport: readonly string[];
  readonly packages?: readonly string[];
  readonly node?: false;
};

export const house: Readonly<Record<string, Row>> = {
  'lib/scim': { mayImport: [], node: false },
  'lib/common': { mayImport: [], node: false },
  'lib/store': {
    mayImport: ['lib/scim', 'lib/common'],
    packages: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb', '@aws-sdk/util-dynamodb', 'zod'],
  },
  'lib/tokens': { mayImport: [], packages: ['@aws-sdk/client-secrets-manager', 'zod'] },
  'lib/events': { mayImport: ['lib/scim'], packages: ['@aws-sdk/client-eventbridge', 'zod'] },
  // Subscribers copy this folder.
  'lib/subscriber': { mayImport: [] },
  'lib/lambda': {
    mayImport: ['lib/scim', 'lib/store'],
    packages: ['@middy/.*', 'zod', 'aws-lambda', '@aws-sdk/client-dynamodb'],
  },
  'lib/transfer': { mayImport: ['lib/scim', 'lib/common'], packages: ['zod'] },
  'lib/admin': { mayImport: ['lib/scim', 'lib/store', 'lib/tokens', 'lib/transfer'], packages: ['zod'] },
  'lib/admin-client': { mayImport: ['lib/admin'], packages: ['zod', '@smithy/signature-v4'] },
  'lib/scim-client': { mayImport: [], packages: ['zod'] },
  'lib/simulate': { mayImport: ['lib/scim-client'] },
  'lib/doctor': { mayImport: ['lib/scim-client'] },
  'lib/cli': {
    mayImport: ['lib/admin', 'lib/admin-client', 'lib/transfer', 'lib/scim-client', 'lib/simulate', 'lib/doctor'],
    packages: [
      'commander',
      'zod',
      '@aws-sdk/client-(cloudformation|eventbridge|sqs)',
      '@aws-sdk/credential-provider-node',
    ],
  },
  'lib/infra': {
    mayImport: ['lib/lambda', 'lib/store/table/names.ts', 'lib/events/event-source.ts', 'lib/events/event-schemas.ts'],
    packages: ['aws-cdk-lib', 'constructs', 'esbuild', '@aws-sdk/credential-provider-env'],
  },
  'lib/local': {
    mayImport: ['lib/lambda', 'lib/store/table/names.ts', 'lib/events/signed-delivery.ts'],
    packages: ['@aws-sdk/client-.*', 'zod', 'aws-lambda', 'dynoxide'],
  },
  functions: {
    mayImport: ['lib/scim', 'lib/store', 'lib/tokens', 'lib/events', 'lib/lambda', 'lib/admin'],
    packages: ['@aws-sdk/.*', 'aws-lambda', '@middy/core'],
  },
  'bin/app.ts': { mayImport: ['lib/infra'], packages: ['aws-cdk-lib', 'cdk-nag'] },
  'bin/dev-server.ts': {
    mayImport: ['lib/local', 'lib/admin', 'lib/store', 'lib/tokens', 'lib/lambda', 'functions'],
    packages: ['@aws-sdk/.*', 'zod'],
  },
  'bin/scim.ts': { mayImport: ['lib/cli'], packages: ['commander'] },
};
