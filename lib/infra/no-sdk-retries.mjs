// Bundled in place of @smithy/core/retry in functions that call DynamoDB alone, whose store retries by itself
// (lib/store/table/retry.ts): without the strategies and the middleware of the SDK (-10 kB).
export const RETRY_MODES = { STANDARD: 'standard', ADAPTIVE: 'adaptive' };
export const DEFAULT_RETRY_MODE = RETRY_MODES.STANDARD;
export const Retry = { v2026: false };

const fixed = (value) => ({
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: value,
});
export const NODE_MAX_ATTEMPT_CONFIG_OPTIONS = fixed(1);
export const NODE_RETRY_MODE_CONFIG_OPTIONS = fixed(DEFAULT_RETRY_MODE);

export const resolveRetryConfig = (config) => config;
/** The signing middleware takes its place after the one of this name. */
const options = { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true };
export const getRetryPlugin = () => ({ applyToStack: (stack) => stack.add((next) => next, options) });
