/** Names of the functions' environment variables: written by the construct and the local run, parsed by `environment.ts`. */
export const variables = {
  tableName: 'TABLE_NAME',
  eventBusName: 'EVENT_BUS_NAME',
  eventBusArn: 'EVENT_BUS_ARN',
  archiveArn: 'ARCHIVE_ARN',
  /** The rule whose target tells replayed events again. */
  replayRuleArn: 'REPLAY_RULE_ARN',
  /** Where failed stream records lie: `https://<bucket>.s3.<region>.amazonaws.com`. */
  failureBucketUrl: 'FAILURE_BUCKET_URL',
  webhookUrl: 'WEBHOOK_URL',
  webhookSecretArn: 'WEBHOOK_SECRET_ARN',
  /** Lambda's own. */
  region: 'AWS_REGION',
  /** Secrets are named `<prefix>/<shard>`. */
  tokenSecretPrefix: 'TOKEN_SECRET_PREFIX',
  /** `https`, but `http` in the local run: the scheme of locations. */
  scheme: 'ROLLCALL_SCHEME',
} as const;
