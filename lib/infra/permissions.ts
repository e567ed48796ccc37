/** What each function may do (IAM actions). A transaction has no permission of its own: its parts need theirs. */

/** Handlers of resources. No Scan: nothing reads across directories. */
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
/** Discovery reads the directory's own item, and notes that it is connected and the token used. */
export const discoveryActions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'] as const;
/** Beside the stream: the other side of a membership, and the count of a change of members that died before it counted. */
export const lifecycleActions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'] as const;
/** Which shards there are, and what was said of a token. */
export const tokenExpiryActions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'] as const;
/** The present state of a directory, for a backfill; and what telling the stream's changes again needs. */
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
/** What the sweeper finishes: memberships and tombstones. */
export const sweepActions = [
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;
export const tokenReadActions = ['secretsmanager:GetSecretValue'] as const;
