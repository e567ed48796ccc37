/**
 * What the Authorization header must look like before API Gateway calls the authorizer: `Bearer` and a token of ours,
 * or, as Okta's header mode sends it, the token alone. Anything else is 401 without an invocation.
 */
export const TOKEN_HEADER_EXPRESSION = '^([Bb][Ee][Aa][Rr][Ee][Rr] +)?scim_[A-Za-z0-9_-]{1,123}$';
