/** The route table, shared by the REST API construct and the local gateway so that they cannot diverge. */

/** Functions that serve the API; `functions/<name>.ts` exports the handler. */
export type RoutedFunction = 'users' | 'groups' | 'discovery' | 'admin' | 'events';
export type Route = {
  /** Path in API Gateway's syntax; `{proxy+}` matches one or more segments. The function receives all methods. */
  readonly path: string;
  readonly fn: RoutedFunction;
  /** A bearer token checked by the Lambda authorizer, or AWS IAM (loopback only in the local run). */
  readonly authorization: 'token' | 'iam';
};

export const STAGE = 'scim';
/** Root of the SCIM endpoints below the stage, see RFC 7644 section 3.13. */
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
  // The catch-all returns 404 for requests with a valid token. It also serves paths with doubled slashes as if they had
  // single ones, so its function needs the permissions of a resource function.
  { path: '/', fn: 'users', authorization: 'token' },
  { path: '/{proxy+}', fn: 'users', authorization: 'token' },
];
