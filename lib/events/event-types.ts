/**
 * Defines `detail` of every type of lifecycle event, as the contract with subscribers. After a change here, run
 * `npm run write:event-docs` to regenerate the JSON Schemas and the TypeScript types.
 */
import * as z from 'zod';
import { groupType, userType } from '../scim/index.ts';
import { resourceSchema } from './resource-schema.ts';

const Actor = z.object({
  kind: z.enum(['provisioning-client', 'admin', 'system']),
  tokenId: z.string().optional(),
  tokenName: z.string().optional(),
  requestId: z.string().optional(),
});
const Directory = z.object({
  id: z.string(),
  /** The engineer's own label for the customer. */
  tenant: z.string().optional(),
  identityProvider: z.string().optional(),
  /** The engineer's own labels; absent without any. */
  labels: z.record(z.string(), z.string()).optional(),
});
/** SCIM resources without memberships, password and locations; references if `resourceOmitted` is set. */
export const resources = { UserResource: resourceSchema(userType), GroupResource: resourceSchema(groupType) };
/** `before` is absent if the attribute was unassigned, `after` if it is now; with `resourceOmitted` both are absent. */
const AttributeChange = z.object({
  path: z.string(),
  kind: z.enum(['assigned', 'changed', 'removed']).optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
/** `changeCount` and `kind` are absent in events of the first release. */
const changes = { changes: z.array(AttributeChange), changeCount: z.int().optional() };
/** Extension attributes under names without dots and colons, for input transformers. */
const attributes = { attributes: z.record(z.string(), z.unknown()).optional() };
/** Only in an event published more than 30 days after the deletion, from the failure bucket. */
const nameUnknown = z.literal(true).optional();
const GroupReference = z.object({
  id: z.string(),
  externalId: z.string().optional(),
  displayName: z.string().optional(),
  nameUnknown,
});
const UserReference = z.object({
  id: z.string(),
  externalId: z.string().optional(),
  userName: z.string().optional(),
  active: z.boolean().optional(),
  nameUnknown,
});

const envelope = <const Type extends string, const Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({
    schemaVersion: z.literal(1),
    type: z.literal(type),
    /** The same at every delivery of the event. */
    eventId: z.string().regex(/^evt_[\w-]{32}$/),
    /** `test`: about a fictitious resource, by `scim events send`. */
    reason: z.enum(['change', 'import', 'backfill', 'replay', 'test']),
    directory: Directory,
    ...shape,
    /** Compares as a string. Rises with every change of the resource, membership or directory. */
    sequence: z.string().regex(/^\d{40}$/),
    occurredAt: z.iso.datetime(),
    actor: Actor,
  });
const event = <const Type extends string, const Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  envelope(type, shape).extend({
    /** The event of RFC 9967 section 2.4 that this one maps to. */
    eventUri: z.string(),
  });

/** Counts changes of the resource's attributes, from 1 without gaps. The deletion is the last one. */
const Version = z.int().positive();
const created = { version: Version, resourceOmitted: z.literal(true).optional() };
const deleted = { ...created, previousVersion: Version };
const changed = { ...deleted, ...changes };

const user = { user: resources.UserResource, ...attributes };
const group = { group: resources.GroupResource, ...attributes };
/** Exactly one of `user` and `memberGroup` is present. */
const membership = {
  group: GroupReference,
  user: UserReference.optional(),
  memberGroup: GroupReference.optional(),
  /** The group's `version` when the event was published: no older name of the group is in the event. */
  groupVersion: Version.optional(),
};
/** The guard as it was set, see docs/admin-api.md. */
const guard = {
  guard: z.object({ deactivations: z.int().optional(), percent: z.number().optional(), minutes: z.int() }),
};
const token = { token: z.object({ id: z.string(), name: z.string(), expiresAt: z.iso.datetime() }) };

export const eventTypes = {
  'user.created': event('user.created', { ...user, ...created }),
  'user.updated': event('user.updated', { ...user, ...changed }),
  'user.deactivated': event('user.deactivated', { ...user, ...changed }),
  'user.reactivated': event('user.reactivated', { ...user, ...changed }),
  'user.deleted': event('user.deleted', { ...user, ...deleted }),
  'group.created': event('group.created', { ...group, ...created }),
  'group.updated': event('group.updated', { ...group, ...changed }),
  'group.deleted': event('group.deleted', { ...group, ...deleted }),
  'group.member_added': event('group.member_added', membership),
  'group.member_removed': event('group.member_removed', membership),
  'directory.connected': envelope('directory.connected', {}),
  'directory.updated': envelope('directory.updated', changes),
  'directory.paused': envelope('directory.paused', {}),
  'directory.resumed': envelope('directory.resumed', {}),
  'directory.guard_tripped': envelope('directory.guard_tripped', guard),
  'directory.deleted': envelope('directory.deleted', {}),
  'token.expiring': envelope('token.expiring', {
    ...token,
    days: z.literal([30, 7, 1]),
  }),
} as const;
