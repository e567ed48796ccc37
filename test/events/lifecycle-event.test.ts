import { describe, expect, test } from 'vitest';
import { entryBytes, eventBytes } from '../../lib/events/entry-size.ts';
import { eventTypes } from '../../lib/events/event-types.ts';
import { type Context, namedResources, toLifecycleEvent } from '../../lib/events/lifecycle-event.ts';
import { type Change, toOccurrences } from '../../lib/events/occurrence.ts';
import { groupType, type JsonObject, resourceTypes, userType } from '../../lib/scim/index.ts';
import { membership, resource, tombstone } from './images.ts';

const USER = '11111111-1111-4111-8111-111111111111';
const GROUP = '22222222-2222-4222-8222-222222222222';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const bareContext: Context = { directory: { id: 'acme' }, resourceTypes, resourceNow: () => undefined };
const eventsOf = (change: Change, context: Context = bareContext) =>
  toOccurrences(change).map((occurrence) => toLifecycleEvent(occurrence, context));
const only = (change: Change, context: Context = bareContext) => {
  const [event, ...others] = eventsOf(change, context);
  if (event === undefined || others.length > 0)
    throw new Error(`expected one event, got ${event === undefined ? 0 : others.length + 1}`);
  return event;
};
/** Fails if the definition of the type lacks a part of the event. */
const expectDefined = ({ type, detail }: { type: string; detail: JsonObject }) => {
  const schema = Object.entries(eventTypes).find(([name]) => name === type)?.[1];
  expect(schema?.parse(detail)).toEqual(detail);
};

describe('the envelope', () => {
  test('of a new user', () => {
    const event = only(
      {
        before: undefined,
        after: resource({
          attributes: {
            externalId: '00u1',
            userName: 'ann@acme.com',
            [ENTERPRISE]: { department: 'x', manager: { value: 'm', $ref: '../Users/m' } },
          },
        }),
      },
      {
        ...bareContext,
        directory: { id: 'acme', tenant: 'org_42', identityProvider: 'okta', labels: { plan: 'gold' } },
      },
    );
    expect(event.type).toBe('user.created');
    expect(event.detail).toEqual({
      schemaVersion: 1,
      type: 'user.created',
      eventId: expect.stringMatching(/^evt_[\w-]{32}$/),
      reason: 'change',
      directory: { id: 'acme', tenant: 'org_42', identityProvider: 'okta', labels: { plan: 'gold' } },
      attributes: { department: 'x', manager: { value: 'm' } },
      user: {
        schemas: [userType.schema.id, ENTERPRISE],
        id: USER,
        externalId: '00u1',
        userName: 'ann@acme.com',
        [ENTERPRISE]: { department: 'x', manager: { value: 'm' } },
        meta: {
          resourceType: 'User',
          created: '2026-11-21T10:00:00.000Z',
          lastModified: '2026-11-21T10:00:00.000Z',
        },
      },
      version: 1,
      sequence: '1'.padStart(40, '0'),
      occurredAt: '2026-11-21T10:00:00.000Z',
      actor: { kind: 'provisioning-client', tokenId: 't7', tokenName: 'okta-prod', requestId: 'r1' },
      eventUri: 'urn:ietf:params:scim:event:prov:create:full',
    });
    expectDefined(event);
  });

  test('of a deactivation that also renames: one event with all changes', () => {
    const event = only({
      before: resource({ version: 9, attributes: { userName: 'ann', name: { familyName: 'A' }, active: true } }),
      after: resource({
        version: 10,
        attributes: { userName: 'bea', name: { familyName: 'B' }, active: false },
        lastModified: '2026-11-21T10:30:00.000Z',
      }),
    });
    expect(event.detail).toMatchObject({
      type: 'user.deactivated',
      version: 10,
      previousVersion: 9,
      changes: [
        { path: 'userName', before: 'ann', after: 'bea' },
        { path: 'name.familyName', before: 'A', after: 'B' },
        { path: 'active', before: true, after: false },
      ],
      user: { userName: 'bea', active: false },
      sequence: '10'.padStart(40, '0'),
      occurredAt: '2026-11-21T10:30:00.000Z',
      eventUri: 'urn:ietf:params:scim:event:prov:deactivate',
    });
    expectDefined(event);
  });

  test('of a deletion: the last state and the actor', () => {
    const event = only({
      before: resource({ version: 4, attributes: { userName: 'ann', title: 'last' } }),
      after: tombstone({ version: 5, actor: { kind: 'admin', requestId: 'r9' } }),
    });
    expect(event.detail).toMatchObject({
      type: 'user.deleted',
      user: { id: USER, userName: 'ann', title: 'last', meta: { lastModified: '2026-11-21T10:00:00.000Z' } },
      version: 5,
      previousVersion: 4,
      occurredAt: '2026-11-21T11:00:00.000Z',
      actor: { kind: 'admin', requestId: 'r9' },
      eventUri: 'urn:ietf:params:scim:event:prov:delete',
    });
    expect(event.detail).not.toHaveProperty('changes');
    expectDefined(event);
  });

  test.each(['created', 'updated', 'deleted'])('of group.%s, without members', (verb) => {
    const image = { type: 'Group', id: GROUP, attributes: { displayName: 'G', members: [{ value: USER }] } };
    const before = resource({ ...image, attributes: { displayName: 'F', members: [] } });
    const after = verb === 'deleted' ? tombstone({ ...image, version: 2 }) : resource({ ...image, version: 2 });
    const event = only({ before: verb === 'created' ? undefined : before, after });
    expect(event.type).toBe(`group.${verb}`);
    expect(event.detail).toMatchObject({ group: { schemas: [groupType.schema.id], id: GROUP } });
    expect(JSON.stringify(event)).not.toContain('members');
    expectDefined(event);
  });

  test('the reason and the actor are those of the write', () => {
    const after = resource({ version: 2, reason: 'import', actor: { kind: 'system' } });
    const { detail } = only({ before: resource(), after });
    expect(detail).toMatchObject({ reason: 'import', actor: { kind: 'system' }, type: 'user.updated' });
  });

  test('no password, memberships or locations in the resource or in changes', () => {
    const secret = { password: 's3cret', groups: [{ value: GROUP }], photos: [{ value: 'p', $ref: 'https://a/b' }] };
    const created = only({ before: undefined, after: resource({ attributes: { userName: 'a', ...secret } }) });
    const updated = only({
      before: resource({ attributes: { userName: 'a' } }),
      after: resource({ version: 2, attributes: { userName: 'b', ...secret } }),
    });
    expect(JSON.stringify([created, updated])).not.toMatch(/password|s3cret|groups|\$ref|location/);
    expect(updated.detail.changes).toEqual([
      { path: 'userName', kind: 'changed', before: 'a', after: 'b' },
      { path: 'photos', kind: 'assigned', after: [{ value: 'p' }] },
    ]);
  });

  test('a third resource type needs no code: its name in lower case', () => {
    const device = { ...groupType, name: 'Device' };
    const context = { ...bareContext, resourceTypes: [device] };
    const event = only(
      { before: undefined, after: resource({ type: 'Device', attributes: { displayName: 'd' } }) },
      context,
    );
    expect(event.detail).toMatchObject({ type: 'device.created', device: { displayName: 'd' } });
  });

  test('an unknown resource type is an error', () => {
    const after = resource({ type: 'Robot' });
    expect(() => only({ before: undefined, after })).toThrow('resource type Robot does not exist');
  });
});

describe('attributes under names without dots and colons', () => {
  const urn = (name: string) => `urn:example:${name}:2.0:User`;
  const extension = (name: string) => ({
    schema: { id: urn(name), name, description: '', attributes: [] },
    required: false,
  });
  const type = { ...userType, extensions: [...userType.extensions, extension('Badge-2'), extension('HR')] };
  const eventOf = (attributes: JsonObject) =>
    only(
      { before: undefined, after: resource({ attributes: { userName: 'ann', ...attributes } }) },
      { ...bareContext, resourceTypes: [type] },
    );

  test('the enterprise attributes first, taken names with the name of their schema', () => {
    const { detail } = eventOf({
      [urn('HR')]: { department: 'C', 'cost-center': { $code: 1 } },
      [urn('Badge-2')]: { department: 'B' },
      [ENTERPRISE]: { department: 'A', manager: { value: 'm', displayName: 'M' } },
    });
    expect(detail.attributes).toEqual({
      department: 'A',
      manager: { value: 'm', displayName: 'M' },
      Badge_2_department: 'B',
      HR_department: 'C',
      cost_center: { _code: 1 },
    });
  });

  test('are absent without extensions, and left out first if the event is too large', () => {
    expect(eventOf({}).detail).not.toHaveProperty('attributes');
    const { detail } = eventOf({ [ENTERPRISE]: { department: 'x'.repeat(150_000) } });
    expect(detail).not.toHaveProperty('attributes');
    expect(detail).not.toHaveProperty('resourceOmitted');
    expect(detail.user).toHaveProperty([ENTERPRISE]);
  });
});

describe('too large for an entry', () => {
  const long = (fill: string) => ({ externalId: 'x1', userName: 'ann', active: false, nickName: fill.repeat(200_000) });
  test('the resource and the values of the changes are omitted', () => {
    const event = only({
      before: resource({ attributes: { ...long('a'), active: true } }),
      after: resource({ version: 2, attributes: long('b') }),
    });
    expect(event.detail).toMatchObject({
      type: 'user.deactivated',
      user: { id: USER, externalId: 'x1', userName: 'ann', active: false },
      resourceOmitted: true,
      version: 2,
      previousVersion: 1,
      changes: [
        { path: 'active', kind: 'changed' },
        { path: 'nickName', kind: 'changed' },
      ],
      changeCount: 2,
    });
    expect(entryBytes(event)).toBeLessThan(2000);
    expectDefined(event);
  });
  test("the limit counts bytes, not characters, and is EventBridge's", () => {
    const created = (nickName: string) =>
      only({ before: undefined, after: resource({ attributes: { userName: 'a', nickName } }) });
    const room = eventBytes.default - entryBytes(created(''));
    const fits = created('x'.repeat(room));
    expect(entryBytes(fits)).toBe(256 * 1024);
    expect(fits.detail).not.toHaveProperty('resourceOmitted');
    const tooLong = created('é'.repeat(Math.floor(room / 2) + 1));
    expect(tooLong.detail).toMatchObject({
      resourceOmitted: true,
      eventUri: 'urn:ietf:params:scim:event:prov:create:notice',
    });
    expectDefined(tooLong);
  });
  test('a higher limit leaves the values in', () => {
    const after = resource({ attributes: long('a') });
    const [event] = eventsOf(
      { before: resource({ attributes: long('b') }), after: { ...after, version: 2 } },
      { ...bareContext, limitBytes: eventBytes.most },
    );
    expect(event?.detail).not.toHaveProperty('resourceOmitted');
    expect(event && entryBytes(event)).toBeGreaterThan(600_000);
  });
});

describe('memberships', () => {
  const now = new Map<string, JsonObject>([
    [`User/${USER}`, { externalId: '00u1', userName: 'ann@acme.com', title: 'not shown' }],
    [`Group/${GROUP}`, { externalId: 'g1', displayName: 'Engineering' }],
    ['Group/parent', { displayName: 'Parent' }],
  ]);
  const context: Context = {
    ...bareContext,
    resourceNow: (type, id) => {
      const attributes = now.get(`${type}/${id}`);
      return attributes && { attributes, version: 7 };
    },
  };

  test('both sides as they are at publishing', () => {
    const event = only(
      { before: membership(), after: membership({ groups: new Set([GROUP]), revision: 421 }) },
      context,
    );
    expect(event.detail).toMatchObject({
      type: 'group.member_added',
      group: { id: GROUP, externalId: 'g1', displayName: 'Engineering' },
      user: { id: USER, externalId: '00u1', userName: 'ann@acme.com', active: true },
      groupVersion: 7,
      sequence: '421'.padStart(40, '0'),
      eventUri: 'urn:ietf:params:scim:event:prov:patch:full',
    });
    expect(JSON.stringify(event)).not.toContain('not shown');
    expect(event.detail).not.toHaveProperty('version');
    expectDefined(event);
  });

  test('a group as a member is memberGroup', () => {
    const [before, after] = [
      membership({ type: 'Group', id: GROUP, groups: new Set(['parent']) }),
      membership({ type: 'Group', id: GROUP, revision: 2 }),
    ];
    const event = only({ before, after }, context);
    expect(event.detail).toMatchObject({
      type: 'group.member_removed',
      group: { id: 'parent', displayName: 'Parent' },
      memberGroup: { id: GROUP, externalId: 'g1', displayName: 'Engineering' },
    });
    expect(event.detail).not.toHaveProperty('user');
    expectDefined(event);
  });

  test('a side whose names are not known any more has its id alone, and says so', () => {
    const gone = { before: membership({ groups: new Set([GROUP]) }), after: membership({ gone: true, revision: 2 }) };
    const event = only(gone);
    expect(event.detail).toMatchObject({
      type: 'group.member_removed',
      group: { id: GROUP, nameUnknown: true },
      user: { id: USER, nameUnknown: true },
    });
    expect(event.detail).not.toHaveProperty('groupVersion');
    expectDefined(event);
  });

  test('the resources to read are the two sides', () => {
    const [occurrence] = toOccurrences({ before: undefined, after: membership({ groups: new Set([GROUP]) }) });
    expect(occurrence && namedResources(occurrence, resourceTypes)).toEqual([
      { type: 'Group', id: GROUP },
      { type: 'User', id: USER },
    ]);
  });
});

describe('eventId', () => {
  const updated: Change = { before: resource(), after: resource({ version: 2 }) };
  const joined: Change = { before: undefined, after: membership({ groups: new Set(['a', 'b']), revision: 2 }) };
  test('is the same at each delivery, even if the context has changed', () => {
    const again = {
      ...bareContext,
      directory: { id: 'acme', tenant: 'new' },
      resourceNow: () => ({ attributes: { userName: 'x' }, version: 1 }),
    };
    for (const change of [updated, joined]) {
      expect(eventsOf(change, again).map((e) => e.detail.eventId)).toEqual(
        eventsOf(change).map((e) => e.detail.eventId),
      );
    }
  });
  test('differs by directory, resource, counter, type and group', () => {
    const other = (parts: object): Change => ({ before: resource(parts), after: resource({ version: 2, ...parts }) });
    const all = [
      ...eventsOf(updated),
      ...eventsOf(joined),
      ...eventsOf({ before: joined.after, after: membership({ groups: new Set(['a']), revision: 3 }) }),
      ...eventsOf(other({ directory: 'globex' })),
      ...eventsOf(other({ id: 'other' })),
      ...eventsOf({ before: undefined, after: resource({ version: 2 }) }),
      ...eventsOf({ before: resource({ version: 2 }), after: resource({ version: 3 }) }),
    ];
    expect(new Set(all.map((event) => event.detail.eventId)).size).toBe(8);
  });
});
