/** Item images as in stream records, for tests of the resulting events. */
import type { MembershipImage, ResourceImage } from '../../lib/events/occurrence.ts';

const written = {
  directory: 'acme',
  type: 'User',
  id: '11111111-1111-4111-8111-111111111111',
  gone: false,
  actor: { kind: 'provisioning-client', tokenId: 't7', tokenName: 'okta-prod', requestId: 'r1' },
  reason: 'change',
} as const;

export const resource = (parts: Partial<ResourceImage> = {}): ResourceImage => ({
  kind: 'resource',
  ...written,
  version: 1,
  created: '2026-11-21T10:00:00.000Z',
  lastModified: '2026-11-21T10:00:00.000Z',
  attributes: { userName: 'ann@acme.com', active: true },
  pending: false,
  ...parts,
});
export const tombstone = (parts: Partial<ResourceImage> = {}): ResourceImage =>
  resource({ gone: true, attributes: undefined, lastModified: '2026-11-21T11:00:00.000Z', ...parts });

export const membership = (parts: Partial<MembershipImage> = {}): MembershipImage => ({
  kind: 'memberOf',
  ...written,
  groups: new Set(),
  revision: 0,
  at: '2026-11-21T10:00:00.000Z',
  ...parts,
});
