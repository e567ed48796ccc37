import { expect, test } from 'vitest';
import { parseEnvironment } from '../../lib/lambda/environment.ts';

test('an entry point gets the variables that it requests, and no others', () => {
  const environment = { TABLE_NAME: 'rollcall', EVENT_BUS_NAME: 'bus', HOME: '/root' };
  expect(parseEnvironment(['tableName'], environment)).toEqual({ tableName: 'rollcall' });
});

test('the scheme of locations is https by default', () => {
  expect(parseEnvironment(['scheme'], {})).toEqual({ scheme: 'https' });
  expect(parseEnvironment(['scheme'], { ROLLCALL_SCHEME: 'http' })).toEqual({ scheme: 'http' });
});

test('the error names every missing or invalid variable, and no value', () => {
  const environment = { TABLE_NAME: '', ROLLCALL_SCHEME: 'gopher' };
  expect(() => parseEnvironment(['tableName', 'tokenSecretPrefix', 'scheme'], environment)).toThrow(
    /^missing or invalid environment variables: TABLE_NAME, TOKEN_SECRET_PREFIX, ROLLCALL_SCHEME$/,
  );
});

test('a URL variable must be a URL', () => {
  const WEBHOOK_URL = 'https://hooks.example/scim';
  expect(parseEnvironment(['webhookUrl'], { WEBHOOK_URL })).toEqual({ webhookUrl: WEBHOOK_URL });
  for (const wrong of ['', 'hooks.example'])
    expect(() => parseEnvironment(['webhookUrl'], { WEBHOOK_URL: wrong })).toThrow('WEBHOOK_URL');
});
