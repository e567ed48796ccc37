/** IAM actions of each function. A transaction has no action of its own; each of its writes needs one. */

/** For the resource functions. No Scan, because nothing reads across directories. */
export const resourceActions = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;
/** Discovery reads the item of the directory and its denied tokens. It writes nothing. */
export const discoveryActions = ['dynamodb:BatchGetItem'] as const;
/** Besides the stream: reads directories, and the resources that an event names. */
export const lifecycleActions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem'] as const;
/** Repairs the count of an interrupted member change: these attributes of an item, and nothing of it is returned. */
export const memberCountRepair = {
  actions: ['dynamodb:UpdateItem'],
  conditions: {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'm', 'at', 'gone', 'pending'] },
    StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_NEW'] },
  },
} as const;
/** Reads shards, directories and denied tokens, and records which tokens were announced. */
export const tokenExpiryActions = [
  'dynamodb:BatchGetItem',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;
/** Reads a directory for a backfill, and publishes changes of the stream again. */
export const eventActions = [
  'dynamodb:BatchGetItem',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;
/** No ListSecrets: it cannot be limited to resources. */
export const tokenAdministrationActions = [
  'secretsmanager:CreateSecret',
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:ListSecretVersionIds',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
] as const;
/** Denied tokens, the directories they belong to, and the leases of the shards. */
export const tokenCleanUpActions = [
  'dynamodb:BatchGetItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;
/** Cleanup of memberships and tombstones. */
export const sweepActions = [
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;
export const tokenReadActions = ['secretsmanager:GetSecretValue'] as const;
