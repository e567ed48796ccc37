import { expect, test } from 'vitest';
import type { DirectoryImage, TokenExpiryImage } from '../../lib/events/directory-occurrence.ts';
import type { LifecycleEvent } from '../../lib/events/envelope.ts';
import { eventTypes } from '../../lib/events/event-types.ts';
import { type Context, toLifecycleEvent } from '../../lib/events/lifecycle-event.ts';
import { type Change, toOccurrences } from '../../lib/events/occurrence.ts';
import { resource } from './images.ts';

const image = (parts: Partial<DirectoryImage> = {}): DirectoryImage => ({
  kind: 'directory',
  directory: 'acme',
  settings: { tenant: 'org_42', identityProvider: 'okta', labels: { plan: 'gold' }, mode: 'tolerant' },
  status: 'active',
  pausedBy: undefined,
  createdAt: '2026-11-21T10:00:00.000Z',
  connectedAt: undefined,
  revision: 1000,
  actor: { kind: 'admin', requestId: 'r1' },
  at: '2026-11-21T11:00:00.000Z',
  ...parts,
});
const token = (parts: Partial<TokenExpiryImage> = {}): TokenExpiryImage => ({
  kind: 'token',
  directory: 'acme',
  token: { id: 't7', name: 'okta', expiresAt: '2026-12-01T00:00:00.000Z' },
  days: 30,
  revision: 1,
  actor: { kind: 'system' },
  at: '2026-11-21T11:00:00.000Z',
  ...parts,
});
const context: Context = {
  directory: { id: 'acme', tenant: 'org_42' },
  resourceTypes: [],
  resourceNow: () => undefined,
};
const eventsOf = (change: Change) => toOccurrences(change).map((occurrence) => toLifecycleEvent(occurrence, context));
const firstOf = (change: Change): LifecycleEvent => {
  const [first] = eventsOf(change);
  if (first === undefined) throw new Error('no event');
  return first;
};
const typesOf = (before: DirectoryImage | undefined, after: DirectoryImage | undefined) =>
  eventsOf({ before, after }).map(({ type }) => type);

test.each<[string, DirectoryImage | undefined, DirectoryImage | undefined, string[]]>([
  ['created', undefined, image(), []],
  ['removed from the table', image({ status: 'deleting' }), undefined, []],
  ['first used', image(), image({ connectedAt: '2026-11-21T11:00:00.000Z' }), ['directory.connected']],
  ['renamed', image(), image({ settings: { name: 'Acme' } }), ['directory.updated']],
  ['paused', image(), image({ status: 'paused', pausedBy: 'admin' }), ['directory.paused']],
  ['tripped', image(), image({ status: 'paused', pausedBy: 'guard' }), ['directory.guard_tripped']],
  ['resumed', image({ status: 'paused', pausedBy: 'guard' }), image(), ['directory.resumed']],
  ['deleted', image(), image({ status: 'deleting' }), ['directory.deleted']],
  [
    'deleted while paused',
    image({ status: 'paused', pausedBy: 'admin' }),
    image({ status: 'deleting' }),
    ['directory.deleted'],
  ],
  ['leased for its deletion', image({ status: 'deleting' }), image({ status: 'deleting' }), []],
])('a directory that is %s', (_, before, after, types) => {
  expect(typesOf(before, after)).toEqual(types);
});

test('an event matches its definition and has the current directory and the changes', () => {
  const after = image({ revision: 1001, settings: { tenant: 'org_43', labels: { plan: 'free' }, mode: 'tolerant' } });
  const { detail, type } = firstOf({ before: image(), after });
  expect(type).toBe('directory.updated');
  expect(eventTypes['directory.updated'].parse(detail)).toEqual(detail);
  expect(detail).toMatchObject({
    directory: { id: 'acme', tenant: 'org_43' },
    sequence: '1001'.padStart(40, '0'),
    occurredAt: after.at,
    actor: after.actor,
    reason: 'change',
  });
  expect(detail.changes).toEqual([
    { path: 'tenant', kind: 'changed', before: 'org_42', after: 'org_43' },
    { path: 'identityProvider', kind: 'removed', before: 'okta' },
    { path: 'labels.plan', kind: 'changed', before: 'gold', after: 'free' },
  ]);
  expect(detail).toMatchObject({ changeCount: 3, directory: { labels: { plan: 'free' } } });
  expect(detail.directory).not.toHaveProperty('identityProvider');
});

test('directory.guard_tripped has the guard', () => {
  const guarded = { ...image().settings, guard: { deactivations: 5, minutes: 60 } };
  const after = image({ settings: guarded, status: 'paused', pausedBy: 'guard' });
  const { detail } = firstOf({ before: image({ settings: guarded }), after });
  expect(eventTypes['directory.guard_tripped'].parse(detail)).toEqual(detail);
  expect(detail.guard).toEqual({ deactivations: 5, minutes: 60 });
});

test('changes that do not fit are reduced to their paths', () => {
  const after = image({ settings: { name: 'x'.repeat(300_000) } });
  const { detail } = firstOf({ before: image({ settings: {} }), after });
  expect(detail.changes).toEqual([{ path: 'name', kind: 'assigned' }]);
  expect(detail.changeCount).toBe(1);
});

test('a reused directory id has different event ids', () => {
  const connected = (createdAt: string) =>
    firstOf({ before: image({ createdAt }), after: image({ createdAt, connectedAt: createdAt }) }).detail.eventId;
  expect(connected('2026-11-21T10:00:00.000Z')).not.toBe(connected('2026-11-22T10:00:00.000Z'));
  expect(connected('2026-11-21T10:00:00.000Z')).toBe(connected('2026-11-21T10:00:00.000Z'));
});

test('token.expiring is published once per number of days, without the text of the token', () => {
  const { detail, type } = firstOf({ before: undefined, after: token() });
  expect(type).toBe('token.expiring');
  expect(eventTypes['token.expiring'].parse(detail)).toEqual(detail);
  expect(detail).toMatchObject({ directory: { id: 'acme', tenant: 'org_42' }, days: 30, actor: { kind: 'system' } });
  expect(eventsOf({ before: token(), after: token() })).toEqual([]);
  const [next] = eventsOf({ before: token(), after: token({ days: 7, revision: 2 }) });
  expect(next?.detail).toMatchObject({ days: 7 });
  expect(next?.detail.eventId).not.toBe(detail.eventId);
});

test('two images of different kinds are an error', () => {
  expect(() => toOccurrences({ before: image(), after: token() })).toThrow('different kinds');
  expect(() => toOccurrences({ before: resource(), after: image() })).toThrow('different kinds');
});
