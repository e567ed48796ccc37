/** Checks of groups and their members. */
import { at, elementsOf } from '../../scim-client/json-value.ts';
import { GROUP, type Resource } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { type CheckContext, type CheckResponse, targetOf } from '../check-context.ts';
import { CheckFailed } from '../check-outcome.ts';
import {
  expectList,
  expectOne,
  expectPatched,
  expectResource,
  expectStatus,
  expectUnassigned,
  expectValue,
} from '../expect.ts';

const memberOf = ({ id }: Resource) => ({ value: id });

const expectMembers = (response: CheckResponse, ...users: readonly Resource[]): void => {
  expectStatus(response, 200);
  const actual = elementsOf(at(response.json, 'members')).map((member) => String(at(member, 'value')));
  const expected = users.map(({ id }) => id);
  if (actual.toSorted().join() !== expected.toSorted().join())
    throw new CheckFailed(
      `${response.requestLine}: the group has ${actual.length} members, expected ${expected.length} specific ones`,
    );
};

const byName = ({ displayName }: Resource): string =>
  `filter=${encodeURIComponent(`displayName eq ${JSON.stringify(displayName)}`)}`;

/** Creates a group with two members. */
const createTeam = async ({ createUser, createGroup }: CheckContext) => {
  const [ann, bob] = [await createUser(), await createUser()];
  return { ann, bob, team: await createGroup({ members: [memberOf(ann), memberOf(bob)] }) };
};

export const groups: readonly Check[] = [
  {
    id: 'group.create',
    title: 'POST /Groups returns 201, even without members',
    source: 'RFC 7644 section 3.3; Okta and Entra ID, group push',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [GROUP], displayName: name(), members: [] };
      expectResource(await ask('POST', '/Groups', { body }), 201);
      return '201';
    },
  },
  {
    id: 'group.adscim-schema',
    title: "Entra ID's own schema URN in a group is accepted",
    source: 'Entra ID, groups',
    grade: 'must',
    audience: ['entra'],
    async run({ ask, name }) {
      const schemas = [GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'];
      const body = { schemas, displayName: name(), externalId: name(), meta: { resourceType: 'Group' } };
      expectResource(await ask('POST', '/Groups', { body }), 201);
      return '201';
    },
  },
  {
    id: 'group.lookup',
    title: 'displayName eq with excludedAttributes=members omits members',
    source: 'Entra ID, requirements; Entra SCIM validator 17',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const { team } = await createTeam(context);
      const response = await context.ask('GET', `/Groups?excludedAttributes=members&${byName(team)}`);
      expectOne(response, team.id);
      expectUnassigned(response, ['Resources', 0, 'members']);
      return 'found, without members';
    },
  },
  {
    id: 'group.members-in-list',
    title: 'lists include members unless excluded',
    source: 'Okta, import of groups',
    grade: 'must',
    audience: ['okta'],
    async run(context) {
      const { team } = await createTeam(context);
      const [found] = expectList(await context.ask('GET', `/Groups?${byName(team)}&startIndex=1&count=100`)).Resources;
      const count = elementsOf(found?.members).length;
      if (count !== 2) throw new CheckFailed(`the list has ${count} of 2 members`);
      return '2 members';
    },
  },
  {
    id: 'group.add-member',
    title: 'PATCH add of members, with Entra ID\'s "$ref": null',
    source: 'RFC 7644 section 3.5.2.1; Entra ID, groups',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, createGroup, patch, read }) {
      const [ann, team] = [await createUser(), await createGroup()];
      expectPatched(await patch(team, { op: 'add', path: 'members', value: [{ $ref: null, value: ann.id }] }));
      expectMembers(await read(team), ann);
      return 'added';
    },
  },
  {
    id: 'group.add-twice',
    title: 'adding a member twice succeeds and keeps one entry',
    source: 'RFC 7644 section 3.5.2.1',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      expectPatched(await context.patch(team, { op: 'add', path: 'members', value: [memberOf(ann)] }));
      expectMembers(await context.read(team), ann, bob);
      return 'one entry';
    },
  },
  {
    id: 'group.remove-by-filter',
    title: 'remove of members[value eq "..."]',
    source: 'RFC 7644 section 3.5.2.2; Okta, catalog apps',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      expectPatched(await context.patch(team, { op: 'remove', path: `members[value eq "${ann.id}"]` }));
      expectMembers(await context.read(team), bob);
      return 'one removed';
    },
  },
  {
    id: 'group.remove-by-value',
    title: 'remove of members with a value removes only those',
    source: 'Entra ID without aadOptscim062020; JumpCloud',
    grade: 'must',
    audience: ['entra'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      expectPatched(
        await context.patch(team, { op: 'Remove', path: 'members', value: [{ $ref: null, value: ann.id }] }),
      );
      expectMembers(await context.read(team), bob);
      return 'one removed';
    },
  },
  {
    id: 'group.remove-stranger',
    title: 'removing a user who is not a member succeeds',
    source: 'Okta, catalog apps; retries by any provider',
    grade: 'must',
    audience: ['okta', 'entra'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      const stranger = await context.createUser();
      expectPatched(await context.patch(team, { op: 'remove', path: `members[value eq "${stranger.id}"]` }));
      expectMembers(await context.read(team), ann, bob);
      return 'nothing changed';
    },
  },
  {
    id: 'group.replace-members',
    title: 'PATCH replace of members, including an empty array',
    source: 'RFC 7644 section 3.5.2.3; Okta, Push now',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const { ann, team } = await createTeam(context);
      const { patch, read } = context;
      expectPatched(
        await patch(team, { op: 'replace', path: 'members', value: [{ ...memberOf(ann), display: 'Ann' }] }),
      );
      expectMembers(await read(team), ann);
      expectPatched(await patch(team, { op: 'replace', path: 'members', value: [] }));
      expectMembers(await read(team));
      return 'one, then none';
    },
  },
  {
    id: 'group.name-keeps-members',
    title: 'replace without path of id and displayName keeps the members',
    source: 'Okta, catalog apps: before each membership change',
    grade: 'must',
    audience: ['okta'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      const displayName = context.name();
      expectPatched(await context.patch(team, { op: 'replace', value: { id: team.id, displayName } }));
      const response = await context.read(team);
      expectValue(response, ['displayName'], displayName);
      expectMembers(response, ann, bob);
      return 'renamed, both kept';
    },
  },
  {
    id: 'group.put',
    title: 'PUT of the whole group replaces its members',
    source: 'RFC 7644 section 3.5.1; Okta, custom apps',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const { bob, team } = await createTeam(context);
      const members = [{ ...memberOf(bob), display: 'bob@example.com' }];
      const body = { schemas: [GROUP], id: team.id, displayName: team.displayName, members };
      expectStatus(await context.ask('PUT', targetOf('/Groups', team.id), { body }), 200);
      expectMembers(await context.read(team), bob);
      return 'one of two kept';
    },
  },
  {
    id: 'group.disabled-member',
    title: 'a disabled user stays a member',
    source: 'Entra ID, restore: memberships are not sent again',
    grade: 'must',
    audience: ['entra'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      expectPatched(await context.patch(ann, { op: 'replace', path: 'active', value: false }));
      expectMembers(await context.read(team), ann, bob);
      return 'kept';
    },
  },
  {
    id: 'group.parallel',
    title: 'five parallel requests that add one member each lose none',
    source: 'Entra ID, parallel workers',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, createGroup, patch, read }) {
      const team = await createGroup();
      const users = [
        await createUser(),
        await createUser(),
        await createUser(),
        await createUser(),
        await createUser(),
      ];
      const add = (user: Resource) => patch(team, { op: 'add', path: 'members', value: [memberOf(user)] });
      for (const response of await Promise.all(users.map(add))) expectPatched(response);
      expectMembers(await read(team), ...users);
      return 'five members';
    },
  },
  {
    id: 'group.deleted-user',
    title: 'a deleted user is no longer a member',
    source: 'RFC 7643 section 4.2',
    grade: 'should',
    audience: ['rfc'],
    async run(context) {
      const { ann, bob, team } = await createTeam(context);
      expectStatus(await context.ask('DELETE', targetOf('/Users', ann.id)), 204);
      expectMembers(await context.read(team), bob);
      return 'one left';
    },
  },
  {
    id: 'group.user-groups',
    title: 'a user has its groups in groups',
    source: 'RFC 7643 section 4.1.2',
    grade: 'should',
    audience: ['rfc'],
    async run(context) {
      const { ann, team } = await createTeam(context);
      const response = await context.read(ann);
      const ids = elementsOf(at(response.json, 'groups')).map((one) => at(one, 'value'));
      if (!ids.includes(team.id))
        throw new CheckFailed(`${response.requestLine}: groups has ${ids.length} values, but not the group`);
      return 'listed';
    },
  },
  {
    id: 'group.conflict',
    title: 'a displayName in use returns 409',
    source: 'Entra ID, requirements (the RFC leaves it open)',
    grade: 'should',
    audience: ['entra'],
    async run({ ask, createGroup }) {
      const { displayName } = await createGroup();
      expectStatus(await ask('POST', '/Groups', { body: { schemas: [GROUP], displayName } }), 409);
      return '409';
    },
  },
  {
    id: 'group.delete',
    title: 'DELETE returns 204 and keeps the members',
    source: 'RFC 7644 section 3.6; Okta, unlink',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const { ann, team } = await createTeam(context);
      expectStatus(await context.ask('DELETE', targetOf('/Groups', team.id)), 204);
      expectStatus(await context.read(team), 404);
      expectStatus(await context.read(ann), 200);
      return '204, then 404';
    },
  },
];
