/**
 * The dependency table. A row is a folder with everything below it, unless a longer row covers that, or a file. A module
 * without a row fails the test, and so does a row without a module.
 */
export type Row = {
  readonly mayImport: readonly string[];
  readonly packages?: readonly string[];
  readonly node?: false;
  /** Modules below the row that other rows may import; tests and benches may import inner ones. @default all */
  readonly doors?: readonly string[];
};

const PROTOCOL_BASE = [
  'lib/scim/dialect.ts',
  'lib/scim/error.ts',
  'lib/scim/limits.ts',
  'lib/scim/message.ts',
  'lib/scim/json',
] as const;
const SCHEMA = [...PROTOCOL_BASE, 'lib/scim/schema'] as const;
const PORT = [...SCHEMA, 'lib/scim/filter', 'lib/scim/store-port.ts'] as const;

/** The protocol core, from the lowest room to the highest. It imports nothing outside itself, not even node:. */
const scim: Readonly<Record<string, Row>> = {
  'lib/scim/json': { mayImport: [], node: false },
  'lib/scim/limits.ts': { mayImport: [], node: false },
  'lib/scim/dialect.ts': { mayImport: ['lib/scim/limits.ts'], node: false },
  'lib/scim/error.ts': { mayImport: ['lib/scim/json'], node: false },
  'lib/scim/message.ts': { mayImport: ['lib/scim/dialect.ts', 'lib/scim/error.ts', 'lib/scim/json'], node: false },
  'lib/scim/schema': { mayImport: PROTOCOL_BASE, node: false },
  'lib/scim/filter': { mayImport: SCHEMA, node: false },
  'lib/scim/directory': { mayImport: SCHEMA, node: false },
  'lib/scim/discovery': { mayImport: SCHEMA, node: false },
  'lib/scim/store-port.ts': { mayImport: [...SCHEMA, 'lib/scim/filter', 'lib/scim/lists/sort.ts'], node: false },
  'lib/scim/resource': { mayImport: [...SCHEMA, 'lib/scim/store-port.ts'], node: false },
  'lib/scim/lists': { mayImport: [...PORT, 'lib/scim/resource'], node: false },
  'lib/scim/patch': { mayImport: [...PORT, 'lib/scim/resource'], node: false },
  'lib/scim/protocol': {
    mayImport: [
      ...PORT,
      'lib/scim/directory',
      'lib/scim/discovery',
      'lib/scim/resource',
      'lib/scim/lists',
      'lib/scim/patch',
    ],
    node: false,
  },
  'lib/scim': { mayImport: ['lib/scim'], node: false, doors: ['lib/scim/index.ts'] },
};

const TABLE = ['lib/scim', 'lib/common', 'lib/store/table'] as const;
const ITEMS = [...TABLE, 'lib/store/items'] as const;

/** The DynamoDB implementation of the storage port, from the lowest room to the highest. */
const store: Readonly<Record<string, Row>> = {
  'lib/store/table': {
    mayImport: ['lib/scim', 'lib/common'],
    packages: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb', '@aws-sdk/util-dynamodb'],
  },
  'lib/store/items': { mayImport: TABLE, packages: ['zod'], node: false },
  'lib/store/members': { mayImport: ITEMS, node: false },
  'lib/store/queries': { mayImport: ITEMS, node: false },
  'lib/store/tokens': { mayImport: ITEMS, packages: ['zod'], node: false },
  'lib/store/stream': { mayImport: [...ITEMS, 'lib/store/tokens'], packages: ['zod'], node: false },
  'lib/store/directories': { mayImport: ITEMS, packages: ['zod'] },
  'lib/store/resources': { mayImport: [...ITEMS, 'lib/store/members'] },
  'lib/store/audit': {
    mayImport: [
      ...ITEMS,
      'lib/store/members',
      'lib/store/stream',
      'lib/store/tokens',
      'lib/store/directories',
      'lib/store/resources',
    ],
    packages: ['zod', '@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'],
  },
  'lib/store': {
    mayImport: [...ITEMS, 'lib/store/members', 'lib/store/queries', 'lib/store/resources', 'lib/store/clean-up.ts'],
    node: false,
    doors: [
      'lib/store/dynamodb-store.ts',
      'lib/store/audit/audit.ts',
      'lib/store/clean-up.ts',
      'lib/store/sweep-lease.ts',
      'lib/store/directories/directories.ts',
      'lib/store/directories/directory-settings.ts',
      'lib/store/directories/delete-directory.ts',
      'lib/store/directories/deactivation-guard.ts',
      'lib/store/items/directory-item.ts',
      'lib/store/members/member-pages.ts',
      'lib/store/stream',
      'lib/store/table/client.ts',
      'lib/store/table/names.ts',
      'lib/store/table/request-time.ts',
      'lib/store/tokens',
    ],
  },
};

export const house: Readonly<Record<string, Row>> = {
  'lib/common': { mayImport: [], node: false },
  ...scim,
  ...store,
  'lib/tokens': { mayImport: ['lib/common'], packages: ['@aws-sdk/client-secrets-manager', 'zod'] },
  'lib/events': { mayImport: ['lib/common', 'lib/scim'], packages: ['@aws-sdk/client-eventbridge', 'zod'] },
  // Subscribers copy it.
  'lib/subscriber': { mayImport: [] },
  'lib/lambda': {
    mayImport: ['lib/common', 'lib/scim', 'lib/store'],
    packages: ['@middy/.*', 'zod', 'aws-lambda', '@aws-sdk/client-dynamodb'],
  },
  'lib/transfer': { mayImport: ['lib/common', 'lib/scim'], packages: ['zod', 'csv-parse'] },
  'lib/admin': {
    mayImport: ['lib/common', 'lib/scim', 'lib/store', 'lib/tokens', 'lib/transfer'],
    packages: ['zod'],
  },
  'lib/admin-client': { mayImport: ['lib/common', 'lib/admin'], packages: ['zod', '@smithy/signature-v4'] },
  'lib/scim-client': { mayImport: ['lib/common'], packages: ['zod'] },
  'lib/simulate': { mayImport: ['lib/common', 'lib/scim-client'] },
  'lib/doctor': { mayImport: ['lib/scim-client'] },
  'lib/cli': {
    mayImport: [
      'lib/common',
      'lib/admin',
      'lib/admin-client',
      'lib/transfer',
      'lib/scim-client',
      'lib/simulate',
      'lib/doctor',
      'lib/tokens/token-format.ts',
      'lib/events/event-types.ts',
      'lib/events/pattern.ts',
      'lib/events/pattern-wishes.ts',
      'lib/store/audit/audit.ts',
      'lib/scim/index.ts',
    ],
    packages: [
      'commander',
      'zod',
      '@aws-sdk/client-(cloudformation|dynamodb|eventbridge|sqs)',
      '@aws-sdk/credential-provider-node',
    ],
  },
  'lib/infra': {
    mayImport: [
      'lib/lambda',
      'lib/store/table/names.ts',
      'lib/events/entry-size.ts',
      'lib/events/event-source.ts',
      'lib/events/event-schemas.ts',
    ],
    packages: [
      'aws-cdk-lib',
      'constructs',
      'esbuild',
      'fastest-levenshtein',
      'zod',
      '@aws-sdk/credential-provider-env',
    ],
  },
  'lib/local': {
    mayImport: ['lib/common', 'lib/lambda', 'lib/store/table/names.ts', 'lib/events/signed-delivery.ts'],
    packages: ['@aws-sdk/client-.*', 'zod', 'aws-lambda', 'dynoxide', 'node-sqlite3-wasm'],
  },
  functions: {
    mayImport: ['lib/scim', 'lib/store', 'lib/tokens', 'lib/events', 'lib/lambda', 'lib/admin'],
    packages: ['@aws-sdk/.*', 'aws-lambda', '@middy/core'],
  },
  'bin/app.ts': { mayImport: ['lib/infra'], packages: ['aws-cdk-lib', 'cdk-nag'] },
  'bin/dev-server.ts': {
    mayImport: ['lib/local', 'lib/lambda', 'functions'],
    packages: ['@aws-sdk/.*', 'zod'],
  },
  'bin/scim.ts': { mayImport: ['lib/cli'], packages: ['commander'] },
  examples: { mayImport: ['lib/subscriber'], packages: ['aws-cdk-lib', 'constructs', 'aws-lambda', '@aws-sdk/.*'] },
  bench: { mayImport: ['lib', 'bin', 'functions', 'test'], packages: ['.*'] },
  test: { mayImport: ['lib', 'bin', 'functions', 'examples', 'bench'], packages: ['.*'] },
};
