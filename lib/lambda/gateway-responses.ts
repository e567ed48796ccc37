/** API Gateway's own error responses, as SCIM errors (RFC 7644 section 3.12). Shared with the local gateway. */

export type GatewayResponse = {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
};

const waitFiveSeconds = {
  status: 503,
  detail: 'The service is temporarily unavailable. Try again later.',
  headers: { 'Retry-After': '5' },
} as const satisfies GatewayResponse;
const tooManyRequests = {
  status: 429,
  detail: 'Too many requests. Try again later.',
  headers: { 'Retry-After': '1' },
} as const satisfies GatewayResponse;
const forbidden = { status: 403, detail: 'The credentials do not allow this request.' } as const;
const badRequest = { status: 400, detail: 'The request is not valid.' } as const;

export const gatewayResponses = {
  UNAUTHORIZED: {
    status: 401,
    detail:
      'The bearer token is missing or not valid. Check that it was copied whole, is not revoked and has not expired.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  ACCESS_DENIED: { status: 403, detail: 'The scopes of the token do not allow this request.' },
  // An unknown path, or an unsigned request to a path that requires a signature.
  MISSING_AUTHENTICATION_TOKEN: {
    status: 404,
    detail: 'The endpoint does not exist. SCIM endpoints are under /scim/v2.',
  },
  RESOURCE_NOT_FOUND: { status: 404, detail: 'The endpoint does not exist. SCIM endpoints are under /scim/v2.' },
  INVALID_SIGNATURE: { status: 403, detail: 'The AWS signature of the request is not valid.' },
  EXPIRED_TOKEN: { status: 403, detail: 'The AWS credentials of the request have expired.' },
  INVALID_API_KEY: forbidden,
  WAF_FILTERED: forbidden,
  BAD_REQUEST_BODY: badRequest,
  BAD_REQUEST_PARAMETERS: badRequest,
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    detail: 'The body must be application/scim+json or application/json.',
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    detail: 'The request is too large. Split it, for example into several PATCH requests.',
  },
  THROTTLED: tooManyRequests,
  QUOTA_EXCEEDED: tooManyRequests,
  // Also the answer to a token that could not be looked up because too many unknown ones were asked for.
  AUTHORIZER_FAILURE: { ...waitFiveSeconds, headers: { 'Retry-After': '1' } },
  AUTHORIZER_CONFIGURATION_ERROR: waitFiveSeconds,
  API_CONFIGURATION_ERROR: waitFiveSeconds,
  INTEGRATION_FAILURE: waitFiveSeconds,
  INTEGRATION_TIMEOUT: waitFiveSeconds,
  DEFAULT_4XX: badRequest,
  DEFAULT_5XX: waitFiveSeconds,
} as const satisfies Readonly<Record<string, GatewayResponse>>;
export type GatewayResponseType = keyof typeof gatewayResponses;

/** The answer to requests that the optional web ACL blocks, in place of WAF_FILTERED: its only rule limits the rate. */
export const webAclResponse = {
  status: 429,
  detail: 'Too many requests from this address. Try again later.',
  // WAF counts the last five minutes, and ends a block within about half a minute of the rate's fall.
  headers: { 'Retry-After': '60' },
} as const satisfies GatewayResponse;

export const gatewayResponseHeaders = (response: GatewayResponse): Record<string, string> => ({
  'Content-Type': 'application/scim+json',
  ...response.headers,
});
export const gatewayResponseBody = ({ status, detail }: GatewayResponse): string =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail });
