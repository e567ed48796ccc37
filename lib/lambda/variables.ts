/** Names of the functions' environment variables: set by the construct and the local run, parsed in `environment.ts`. */
export const variables = {
  tableName: 'TABLE_NAME',
  eventBusName: 'EVENT_BUS_NAME',
  eventBusArn: 'EVENT_BUS_ARN',
  archiveArn: 'ARCHIVE_ARN',
  /** The rule whose target publishes replayed events. */
  replayRuleArn: 'REPLAY_RULE_ARN',
  /** Bucket of the failed stream records: `https://<bucket>.s3.<region>.amazonaws.com`. */
  failureBucketUrl: 'FAILURE_BUCKET_URL',
  /** Size above which an event has no values of attributes. */
  eventLimitBytes: 'EVENT_LIMIT_BYTES',
  webhookUrl: 'WEBHOOK_URL',
  webhookSecretArn: 'WEBHOOK_SECRET_ARN',
  /** Set by Lambda. */
  region: 'AWS_REGION',
  /** Secrets are named `<prefix>/<shard>`. */
  tokenSecretPrefix: 'TOKEN_SECRET_PREFIX',
  /** Scheme of locations: `https`, or `http` in the local run. */
  scheme: 'ROLLCALL_SCHEME',
} as const;
