// Bundled in place of @smithy/core/config, which also reads ~/.aws/config and ~/.aws/credentials: Lambda configures the
// SDK by the environment alone (-6 kB, and Node does not load fs/promises).
export class ProviderError extends Error {
  name = 'ProviderError';
}
export class CredentialsProviderError extends ProviderError {
  name = 'CredentialsProviderError';
}

export const CONFIG_PREFIX_SEPARATOR = '.';
export const SelectorType = { ENV: 'env', CONFIG: 'shared config entry' };
export const booleanSelector = (values, key) => {
  const value = values[key];
  return value === 'true' ? true : value === 'false' ? false : undefined;
};

/** @returns a provider of the environment's value or of the default, resolved once */
export const loadConfig = ({ environmentVariableSelector, default: fallback }, { signingName, logger } = {}) => {
  const resolve = async () =>
    environmentVariableSelector(process.env, { signingName, logger }) ??
    (typeof fallback === 'function' ? fallback() : fallback);
  let resolved;
  return () => {
    resolved ??= resolve();
    return resolved;
  };
};

const flag = (name) => ({ environmentVariableSelector: (env) => booleanSelector(env, name), default: false });
export const REGION_ENV_NAME = 'AWS_REGION';
export const REGION_INI_NAME = 'region';
export const NODE_REGION_CONFIG_OPTIONS = { environmentVariableSelector: (env) => env[REGION_ENV_NAME] };
export const NODE_REGION_CONFIG_FILE_OPTIONS = {};
export const NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS = flag('AWS_USE_DUALSTACK_ENDPOINT');
export const NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS = flag('AWS_USE_FIPS_ENDPOINT');

const toProvider = (value) => (typeof value === 'function' ? value : async () => value);
export const resolveRegionConfig = (config) =>
  Object.assign(config, { region: toProvider(config.region), useFipsEndpoint: toProvider(config.useFipsEndpoint) });
export const resolveDefaultsModeConfig = () => async () => 'legacy';
