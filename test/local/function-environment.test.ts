import { expect, test } from 'vitest';
import { setFunctionEnvironment } from '../../lib/local/function-environment.ts';

test("the developer's own AWS settings are removed, the rest stays", () => {
  const environment = { PATH: '/bin', AWS_PROFILE: 'prod', AWS_SESSION_TOKEN: 'secret', aws_ca_bundle: '/x' };
  setFunctionEnvironment(environment, {
    dynamodb: 'http://d',
    secretsManager: 'http://s',
    eventBridge: 'http://e',
    failureBucket: 'http://f/x',
  });
  expect(environment).not.toHaveProperty('AWS_PROFILE');
  expect(environment).not.toHaveProperty('AWS_SESSION_TOKEN');
  expect(environment).not.toHaveProperty('aws_ca_bundle');
  expect(environment).toMatchObject({
    PATH: '/bin',
    AWS_REGION: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: 'http://d',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://s',
    AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://e',
    FAILURE_BUCKET_URL: 'http://f/x',
    TABLE_NAME: 'rollcall',
    ROLLCALL_SCHEME: 'http',
  });
});
