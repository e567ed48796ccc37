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
/** Discovery reads the item of the directory, and records its first connection and the use of the token. */
export const discoveryActions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'] as const;
/** Besides the stream: reads the other side of a membership, and repairs the count of an interrupted member change. */
export const lifecycleActions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'] as const;
/** Reads the list of shards, and records which tokens were announced. */
export const tokenExpiryActions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'] as const;
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
  'secretsmanager:PutSecretValue',
  'secretsmanager:TagResource',
  'secretsmanager:UpdateSecretVersionStage',
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
