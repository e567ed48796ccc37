/** Names of the functions' environment variables: written by the construct and the local run, parsed by `environment.ts`. */
export const variables = {
  tableName: 'TABLE_NAME',
  eventBusName: 'EVENT_BUS_NAME',
  /** Secrets are named `<prefix>/<shard>`. */
  tokenSecretPrefix: 'TOKEN_SECRET_PREFIX',
  /** `https`, but `http` in the local run: the scheme of locations. */
  scheme: 'ROLLCALL_SCHEME',
} as const;
