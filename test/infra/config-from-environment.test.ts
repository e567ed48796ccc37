/** The configuration of the bundles' SDK comes from the environment, with the same result as the SDK's own. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test, vi } from 'vitest';

type Options = {
  readonly environmentVariableSelector: (env: NodeJS.ProcessEnv) => unknown;
  readonly default?: unknown;
};
type Resolved = Readonly<Record<'region' | 'useFipsEndpoint', () => Promise<unknown>>>;
type Substitute = {
  readonly loadConfig: (options: Options) => () => Promise<unknown>;
  readonly resolveRegionConfig: (config: object) => Resolved;
  readonly NODE_REGION_CONFIG_OPTIONS: Options;
  readonly NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS: Options;
  readonly NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS: Options;
};
const substitute: Substitute = await import(
  new URL('../../lib/infra/config-from-environment.mjs', import.meta.url).href
);

afterEach(() => vi.unstubAllEnvs());

const { loadConfig } = substitute;
const readSubstitute = async () => {
  const { region, useFipsEndpoint } = substitute.resolveRegionConfig({
    region: loadConfig(substitute.NODE_REGION_CONFIG_OPTIONS),
    useFipsEndpoint: loadConfig(substitute.NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS),
  });
  const dualstack = await loadConfig(substitute.NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS)();
  return { region: await region(), fips: await useFipsEndpoint(), dualstack };
};
const readSdk = async () => {
  const { region, useFipsEndpoint, useDualstackEndpoint } = new DynamoDBClient().config;
  return { region: await region(), fips: await useFipsEndpoint(), dualstack: await useDualstackEndpoint() };
};

test.each([
  { AWS_REGION: 'eu-central-1' },
  { AWS_REGION: 'us-gov-west-1', AWS_USE_FIPS_ENDPOINT: 'true' },
  { AWS_REGION: 'us-east-1', AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_USE_FIPS_ENDPOINT: 'false' },
  { AWS_REGION: 'us-east-1', AWS_USE_FIPS_ENDPOINT: 'maybe' },
])('%o', async (environment) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  expect(await readSubstitute()).toEqual(await readSdk());
});

test('a default is used without a variable, and called if it is a function', async () => {
  const environmentVariableSelector = () => undefined;
  expect(await loadConfig({ environmentVariableSelector, default: 3 })()).toBe(3);
  expect(await loadConfig({ environmentVariableSelector, default: async () => 'standard' })()).toBe('standard');
});
