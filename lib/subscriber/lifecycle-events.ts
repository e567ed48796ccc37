/**
 * The `detail` of each type of lifecycle event: copy this file, or import it with `import type`. Written by
 * `npm run write:event-docs` from lib/events/event-types.ts.
 */
export type LifecycleEvents = {
  readonly 'user.created': {
    readonly schemaVersion: 1;
    readonly type: 'user.created';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly user: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'user.updated': {
    readonly schemaVersion: 1;
    readonly type: 'user.updated';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly user: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly previousVersion: number;
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'user.deactivated': {
    readonly schemaVersion: 1;
    readonly type: 'user.deactivated';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly user: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly previousVersion: number;
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'user.reactivated': {
    readonly schemaVersion: 1;
    readonly type: 'user.reactivated';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly user: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly previousVersion: number;
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'user.deleted': {
    readonly schemaVersion: 1;
    readonly type: 'user.deleted';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly user: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly previousVersion: number;
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'group.created': {
    readonly schemaVersion: 1;
    readonly type: 'group.created';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly group: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'group.updated': {
    readonly schemaVersion: 1;
    readonly type: 'group.updated';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly group: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly previousVersion: number;
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'group.deleted': {
    readonly schemaVersion: 1;
    readonly type: 'group.deleted';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly group: {
      readonly id: string;
      readonly schemas?: readonly string[];
      readonly meta?: { readonly resourceType: string; readonly created: string; readonly lastModified: string };
      readonly [name: string]: unknown;
    };
    readonly version: number;
    readonly resourceOmitted?: true;
    readonly previousVersion: number;
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'group.member_added': {
    readonly schemaVersion: 1;
    readonly type: 'group.member_added';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly group: { readonly id: string; readonly externalId?: string; readonly displayName?: string };
    readonly user?: {
      readonly id: string;
      readonly externalId?: string;
      readonly userName?: string;
      readonly active?: boolean;
    };
    readonly memberGroup?: { readonly id: string; readonly externalId?: string; readonly displayName?: string };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'group.member_removed': {
    readonly schemaVersion: 1;
    readonly type: 'group.member_removed';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly group: { readonly id: string; readonly externalId?: string; readonly displayName?: string };
    readonly user?: {
      readonly id: string;
      readonly externalId?: string;
      readonly userName?: string;
      readonly active?: boolean;
    };
    readonly memberGroup?: { readonly id: string; readonly externalId?: string; readonly displayName?: string };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
    readonly eventUri: string;
  };

  readonly 'directory.connected': {
    readonly schemaVersion: 1;
    readonly type: 'directory.connected';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };

  readonly 'directory.updated': {
    readonly schemaVersion: 1;
    readonly type: 'directory.updated';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };

  readonly 'directory.paused': {
    readonly schemaVersion: 1;
    readonly type: 'directory.paused';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };

  readonly 'directory.resumed': {
    readonly schemaVersion: 1;
    readonly type: 'directory.resumed';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };

  readonly 'directory.guard_tripped': {
    readonly schemaVersion: 1;
    readonly type: 'directory.guard_tripped';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly guard: { readonly deactivations?: number; readonly percent?: number; readonly minutes: number };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };

  readonly 'directory.deleted': {
    readonly schemaVersion: 1;
    readonly type: 'directory.deleted';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };

  readonly 'token.expiring': {
    readonly schemaVersion: 1;
    readonly type: 'token.expiring';
    readonly eventId: string;
    readonly reason: 'change' | 'import' | 'backfill' | 'replay';
    readonly directory: { readonly id: string; readonly tenant?: string; readonly identityProvider?: string };
    readonly token: { readonly id: string; readonly name: string; readonly expiresAt: string };
    readonly days: 30 | 7 | 1;
    readonly sequence: string;
    readonly occurredAt: string;
    readonly actor: {
      readonly kind: 'provisioning-client' | 'admin' | 'system';
      readonly tokenId?: string;
      readonly tokenName?: string;
      readonly requestId?: string;
    };
  };
};
/** For a `switch` over `type`. New types and new optional fields may come: ignore what you do not know. */
export type LifecycleEvent = LifecycleEvents[keyof LifecycleEvents];
