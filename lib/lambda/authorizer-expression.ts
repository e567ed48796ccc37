/**
 * Pattern of Authorization headers that API Gateway passes to the authorizer: `Bearer` and a Rollcall token, or, as in
 * Okta's header mode, the token alone. API Gateway responds to anything else with 401, without an invocation.
 */
export const TOKEN_HEADER_EXPRESSION = '^([Bb][Ee][Aa][Rr][Ee][Rr] +)?scim_[A-Za-z0-9_-]{1,123}$';
