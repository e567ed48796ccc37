/** What API Gateway lets through to the authorizer: `Bearer <token>` or, for Okta's header mode, a bare token. */

/** A token has at most 128 characters. Everything else is 401 without a call of the function. */
export const TOKEN_HEADER_EXPRESSION = '^([Bb][Ee][Aa][Rr][Ee][Rr] +)?scim_[A-Za-z0-9_-]{1,123}$';
