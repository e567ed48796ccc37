// Bundled in place of @aws-sdk/middleware-endpoint-discovery and its cache: endpoint discovery of DynamoDB is off unless
// it is configured (-8 kB).
export const resolveEndpointDiscoveryConfig = (config) => config;
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};
