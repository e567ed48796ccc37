/** Makes the stack of `cdk deploy` from its options. */
import type { App } from 'aws-cdk-lib';
import type { Context } from './context.ts';
import { hasSchemaRegistry } from './event-registry.ts';
import { RollcallStack } from './rollcall-stack.ts';
import type { CustomDomain } from './scim-api.ts';
import type { ScimEndpointProps } from './scim-endpoint.ts';

/** Options that only have a meaning together. @throws Error if only some of them are given */
const together = (context: Context, ...keys: readonly (keyof Context)[]): boolean => {
  const missing = keys.filter((key) => context[key] === undefined);
  if (missing.length === keys.length) return false;
  if (missing.length === 0) return true;
  throw new Error(`${keys.map((key) => `rollcall:${key}`).join(' and ')} belong together: give all of them, or none.`);
};

const domainFrom = (context: Context): CustomDomain | undefined => {
  const {
    domainName = '',
    certificateArn: certificate = '',
    hostedZoneId = '',
    hostedZoneName: zoneName = '',
  } = context;
  const hasZone = together(context, 'hostedZoneId', 'hostedZoneName');
  if (!together(context, 'domainName', 'certificateArn')) {
    if (hasZone) throw new Error('rollcall:hostedZoneId needs rollcall:domainName: the zone gets the record of it.');
    return undefined;
  }
  return { domainName, certificate, hostedZone: hasZone ? { hostedZoneId, zoneName } : undefined };
};

const warmThroughputFrom = (context: Context): ScimEndpointProps['warmThroughput'] => {
  const { warmReadUnitsPerSecond = 0, warmWriteUnitsPerSecond = 0 } = context;
  return together(context, 'warmReadUnitsPerSecond', 'warmWriteUnitsPerSecond')
    ? { readUnitsPerSecond: warmReadUnitsPerSecond, writeUnitsPerSecond: warmWriteUnitsPerSecond }
    : undefined;
};

const webAclFrom = ({ webAclRequestsPerFiveMinutes, webAclDirectories }: Context): ScimEndpointProps['webAcl'] => {
  if (webAclRequestsPerFiveMinutes !== undefined)
    return { requestsPerFiveMinutes: webAclRequestsPerFiveMinutes, directories: webAclDirectories };
  if (webAclDirectories !== undefined)
    throw new Error('rollcall:webAclDirectories needs rollcall:webAclRequestsPerFiveMinutes.');
  return undefined;
};

/** @throws Error, RangeError for options that do not fit together or that AWS would refuse */
export const addStack = (app: App, context: Context): RollcallStack => {
  const {
    requestsPerSecond,
    burst,
    logRetentionDays,
    permissionsBoundaryArn,
    cloudWatchRole = 'create',
    ...direct
  } = context;
  const region = process.env.CDK_DEFAULT_REGION;
  return new RollcallStack(app, 'Rollcall', {
    ...direct,
    cloudWatchRole,
    schemaRegistry: context.schemaRegistry ?? (region === undefined || hasSchemaRegistry(region)),
    throttle: { requestsPerSecond, burst },
    logRetention: logRetentionDays,
    warmThroughput: warmThroughputFrom(context),
    webAcl: webAclFrom(context),
    customDomain: domainFrom(context),
    permissionsBoundary: permissionsBoundaryArn,
  });
};
