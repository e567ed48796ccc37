/** The ServiceProviderConfig resource (RFC 7643 section 5). */
import type { JsonObject } from '../json/json.ts';
import { limits } from '../limits.ts';

const SERVICE_PROVIDER_CONFIG_URN = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';

/**
 * The resource. It has no `cursorTimeout`, because cursors never expire; `bulk` has both limits although it is not
 * supported, because clients refuse a configuration without them.
 */
export const serviceProviderConfig = (location: string): JsonObject => ({
  schemas: [SERVICE_PROVIDER_CONFIG_URN],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: limits.maxCount },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  pagination: {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: limits.defaultCount,
    maxPageSize: limits.maxCount,
  },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'A token of the directory in the header Authorization: Bearer <token>.',
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location },
});
