/** The route table: read by the REST API construct and by the local gateway, so that they cannot drift. */

/** The functions behind the API; `functions/<name>.ts` exports each one's handler. */
export type RoutedFunction = 'users' | 'groups' | 'discovery' | 'admin' | 'events';
export type Route = {
  /** As API Gateway spells it; `{proxy+}` takes one segment or more. Every method goes to the function. */
  readonly path: string;
  readonly fn: RoutedFunction;
  /** A bearer token checked by the Lambda authorizer, or AWS IAM (locally: loopback alone). */
  readonly authorization: 'token' | 'iam';
};

export const STAGE = 'scim';
/** The SCIM root below the stage: RFC 7644 section 3.13. */
export const VERSION_SEGMENT = 'v2';

const scim = (endpoint: string, fn: RoutedFunction): readonly Route[] => [
  { path: `/${VERSION_SEGMENT}/${endpoint}`, fn, authorization: 'token' },
  { path: `/${VERSION_SEGMENT}/${endpoint}/{proxy+}`, fn, authorization: 'token' },
];

export const routes: readonly Route[] = [
  ...scim('Users', 'users'),
  ...scim('Groups', 'groups'),
  ...scim('ServiceProviderConfig', 'discovery'),
  ...scim('ResourceTypes', 'discovery'),
  ...scim('Schemas', 'discovery'),
  { path: '/admin/events/{proxy+}', fn: 'events', authorization: 'iam' },
  { path: '/admin/{proxy+}', fn: 'admin', authorization: 'iam' },
  // The catch-all answers 404, after 401. A path with doubled slashes lands here too and is served for what it
  // means, so the function behind must have the rights of a resource function.
  { path: '/', fn: 'users', authorization: 'token' },
  { path: '/{proxy+}', fn: 'users', authorization: 'token' },
];
