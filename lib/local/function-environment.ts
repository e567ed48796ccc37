/** Environment of the functions in a local run: the stack's variables, and the SDK's endpoint settings. */
import { variables } from '../lambda/variables.ts';

export const TABLE_NAME = 'rollcall';

export type Endpoints = {
  readonly dynamodb: string;
  readonly secretsManager: string;
  readonly eventBridge: string;
  /** The URL of the bucket itself. */
  readonly failureBucket: string;
};

const arn = (resource: string) => `arn:aws:events:local:000000000000:${resource}/rollcall`;

/**
 * Replaces the developer's own AWS settings. A profile would take precedence over the keys below, and some settings
 * make the SDK ignore the endpoints and call AWS.
 * @param environment `process.env`, changed in place before any function is imported
 */
export function setFunctionEnvironment(environment: NodeJS.ProcessEnv, endpoints: Endpoints): void {
  for (const name of Object.keys(environment)) if (/^AWS_/i.test(name)) delete environment[name];
  Object.assign(environment, {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventBridge,
    [variables.tableName]: TABLE_NAME,
    [variables.eventBusName]: 'rollcall',
    [variables.eventBusArn]: arn('event-bus'),
    [variables.archiveArn]: arn('archive'),
    [variables.replayRuleArn]: arn('rule'),
    [variables.failureBucketUrl]: endpoints.failureBucket,
    [variables.tokenSecretPrefix]: 'rollcall/tokens',
    [variables.scheme]: 'http',
  });
}
