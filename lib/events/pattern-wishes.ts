/**
 * Event patterns by wish, the source of docs/patterns.md and of `scim events patterns`. test/fixtures/patterns has the
 * events of a run and what AWS's event-ruler answers for each pattern.
 */
import type { JsonObject } from '../scim/index.ts';

export type Wish = {
  /** What the subscriber wants, without a full stop. */
  readonly wish: string;
  readonly pattern: JsonObject;
  /** A trap, or what to know about it. */
  readonly note?: string;
};

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const department = `${ENTERPRISE}:department`;
const live = { reason: ['change'] };

export const wishes: readonly Wish[] = [
  {
    wish: 'everything of one customer',
    pattern: { source: ['rollcall'], detail: { directory: { tenant: ['org_42'] } } },
  },
  {
    wish: 'everything of customers with a label',
    pattern: { source: ['rollcall'], detail: { directory: { labels: { plan: ['gold'] } } } },
    note: 'Label keys have no dots: `plan.tier` would read as a path.',
  },
  {
    wish: 'everything but one directory',
    pattern: { source: ['rollcall'], detail: { directory: { id: [{ 'anything-but': ['demo'] }] } } },
  },
  {
    wish: 'all events of users',
    pattern: { source: ['rollcall'], 'detail-type': [{ prefix: 'user.' }] },
    note: 'Also matches types that a later release adds: ignore unknown ones.',
  },
  {
    wish: 'actual changes only, without imports, backfills, replays and tests',
    pattern: { source: ['rollcall'], detail: live },
  },
  {
    wish: 'replayed and backfilled events only',
    pattern: { source: ['rollcall'], detail: { reason: ['backfill', 'replay'] } },
  },
  {
    wish: 'joiners: active users that were created, for a welcome mail',
    pattern: { source: ['rollcall'], 'detail-type': ['user.created'], detail: { ...live, user: { active: [true] } } },
  },
  {
    wish: 'users created as inactive',
    pattern: { source: ['rollcall'], 'detail-type': ['user.created'], detail: { user: { active: [false] } } },
    note: '`anything-but` accepts texts and numbers only: `{ "anything-but": true }` is refused.',
  },
  {
    wish: 'leavers: deactivated or deleted users',
    pattern: { source: ['rollcall'], 'detail-type': ['user.deactivated', 'user.deleted'], detail: live },
  },
  {
    wish: 'users of a department',
    pattern: { source: ['rollcall'], detail: { attributes: { department: ['Sales'] } } },
    note: `\`detail.user.${ENTERPRISE}.department\` matches too, but an input transformer cannot read a key with dots or colons.`,
  },
  {
    wish: 'new users without a department',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['user.created'],
      detail: { attributes: { department: [{ exists: false }] } },
    },
    note: 'Also matches an event that is too large for `attributes`. `"attributes": [{ "exists": false }]` matches every event, because `attributes` is an object.',
  },
  {
    wish: 'the department changed in any way',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department] } } },
    note: 'Not restricted to `user.updated`: a deactivation may change it as well.',
  },
  {
    wish: 'the department was assigned',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department], kind: ['assigned'] } } },
    note: '`"before": [{ "exists": false }]` does not work: in an array, `exists: false` looks at all elements.',
  },
  {
    wish: 'the department was removed',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department], kind: ['removed'] } } },
  },
  {
    wish: 'the department changed from one value',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department], before: ['Sales'] } } },
    note: 'All fields below `changes` must match the same element of the array. Neither value is in an event with `resourceOmitted`.',
  },
  {
    wish: 'the department changed to one value',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department], after: ['Engineering'] } } },
  },
  {
    wish: 'only the department changed',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department] }, changeCount: [1] } },
  },
  {
    wish: 'the department or the title changed',
    pattern: { source: ['rollcall'], detail: { changes: { path: [department, 'title'] } } },
    note: 'Values of one field are alternatives. `$or` is for alternatives of different fields.',
  },
  {
    wish: 'the manager changed',
    pattern: { source: ['rollcall'], detail: { changes: { path: [{ prefix: `${ENTERPRISE}:manager` }] } } },
    note: 'Sub-attributes are listed one by one: `…:manager.value`, `…:manager.displayName`.',
  },
  {
    wish: 'any part of the name changed',
    pattern: { source: ['rollcall'], detail: { changes: { path: [{ prefix: 'name.' }, 'displayName'] } } },
  },
  {
    wish: 'a user signs in under another name',
    pattern: {
      source: ['rollcall'],
      'detail-type': [{ prefix: 'user.' }],
      detail: { changes: { path: ['userName'] } },
    },
  },
  {
    wish: 'deactivations that changed something else too',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['user.deactivated'],
      detail: { changeCount: [{ numeric: ['>', 1] }] },
    },
  },
  {
    wish: 'users whose userName is in a domain',
    pattern: { source: ['rollcall'], detail: { user: { userName: [{ suffix: '@acme.com' }] } } },
    note: 'Matches member events too, also after the user was deleted. For any case: `{ "suffix": { "equals-ignore-case": "@acme.com" } }`.',
  },
  {
    wish: 'users with a work e-mail address in a domain',
    pattern: {
      source: ['rollcall'],
      detail: { user: { emails: { type: ['work'], value: [{ suffix: '@acme.com' }] } } },
    },
    note: 'Both must be in the same address. Member events have no addresses.',
  },
  {
    wish: 'members of a group by its name',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['group.member_added', 'group.member_removed'],
      detail: { group: { displayName: ['app-admins'] } },
    },
    note: 'A rename changes what matches. Also subscribe to `group.updated`, or match `group.externalId`.',
  },
  {
    wish: 'members of a group by its name in any case',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['group.member_added', 'group.member_removed'],
      detail: { group: { displayName: [{ 'equals-ignore-case': 'APP-Admins' }] } },
    },
  },
  {
    wish: 'members of groups with a prefix, and their deletion',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['group.member_added', 'group.member_removed', 'group.deleted'],
      detail: { group: { displayName: [{ prefix: 'app-' }] } },
    },
    note: 'The first rule of access by a prefix, see below.',
  },
  {
    wish: 'groups renamed into or out of a prefix',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['group.updated'],
      detail: {
        changes: { path: ['displayName'], $or: [{ before: [{ prefix: 'app-' }] }, { after: [{ prefix: 'app-' }] }] },
      },
    },
    note: 'The second rule. `$or` stands beside `path`, below `changes`, so that both are about the same element.',
  },
  {
    wish: 'members of a group by the identifier of the identity provider',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['group.member_added', 'group.member_removed'],
      detail: { group: { externalId: ['g-users'] } },
    },
  },
  {
    wish: 'memberships of users, without nested groups',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['group.member_added', 'group.member_removed'],
      detail: { user: { id: [{ exists: true }] } },
    },
    note: '`"user": [{ "exists": true }]` matches nothing, because `user` is an object.',
  },
  {
    wish: 'nested groups',
    pattern: { source: ['rollcall'], detail: { memberGroup: { id: [{ exists: true }] } } },
  },
  {
    wish: 'groups by a part of the name',
    pattern: { source: ['rollcall'], detail: { group: { displayName: [{ wildcard: '*-admin*' }] } } },
  },
  {
    wish: 'changes by administrators, not by an identity provider',
    pattern: { source: ['rollcall'], detail: { actor: { kind: ['admin'] } } },
  },
  {
    wish: 'everything but the changes of identity providers',
    pattern: { source: ['rollcall'], detail: { actor: { kind: [{ 'anything-but': 'provisioning-client' }] } } },
  },
  {
    wish: 'changes by one token',
    pattern: { source: ['rollcall'], detail: { actor: { tokenName: [{ prefix: 'okta-' }] } } },
    note: 'A rotated token has a new name with the time of the rotation, so match a prefix.',
  },
  {
    wish: 'a directory stopped accepting changes',
    pattern: { source: ['rollcall'], 'detail-type': ['directory.guard_tripped', 'directory.paused'] },
  },
  {
    wish: 'a directory got another tenant or plan',
    pattern: {
      source: ['rollcall'],
      'detail-type': ['directory.updated'],
      detail: { changes: { path: ['tenant', 'labels.plan'] } },
    },
  },
  {
    wish: 'events without the values, to be read over SCIM',
    pattern: { source: ['rollcall'], detail: { resourceOmitted: [true] } },
  },
];

const words = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
/** @returns the wishes that have the most words in common with the text, best first; none without one in common */
export const findWishes = (text: string): readonly Wish[] => {
  const wanted = new Set(words(text));
  const scored = wishes.map((one) => ({
    one,
    score: new Set(words(one.wish).filter((word) => wanted.has(word))).size,
  }));
  const best = Math.max(...scored.map(({ score }) => score));
  return best === 0 ? [] : scored.filter(({ score }) => score === best).map(({ one }) => one);
};
