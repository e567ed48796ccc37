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

const expectMembers = (seen: CheckResponse, ...users: readonly Resource[]): void => {
  expectStatus(seen, 200);
  const there = elementsOf(at(seen.json, 'members')).map((member) => String(at(member, 'value')));
  const wanted = users.map(({ id }) => id);
  if (there.toSorted().join() !== wanted.toSorted().join())
    throw new CheckFailed(
      `${seen.asked}: the group has ${there.length} members, not the ${wanted.length} that it should`,
    );
};

const byName = ({ displayName }: Resource): string =>
  `filter=${encodeURIComponent(`displayName eq ${JSON.stringify(displayName)}`)}`;

/** A group and its two members. */
const makeTeam = async ({ makeUser, makeGroup }: CheckContext) => {
  const [ann, bob] = [await makeUser(), await makeUser()];
  return { ann, bob, team: await makeGroup({ members: [memberOf(ann), memberOf(bob)] }) };
};

export const groups: readonly Check[] = [
  {
    id: 'group.create',
    title: 'POST /Groups is 201, also without members',
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
    title: "Entra's schema URN in a group is tolerated",
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
    title: 'displayName eq with excludedAttributes=members leaves members out',
    source: 'Entra ID, requirements; Entra SCIM validator 17',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const { team } = await makeTeam(scene);
      const seen = await scene.ask('GET', `/Groups?excludedAttributes=members&${byName(team)}`);
      expectOne(seen, team.id);
      expectUnassigned(seen, ['Resources', 0, 'members']);
      return 'found, without members';
    },
  },
  {
    id: 'group.members-in-list',
    title: 'members are in listings unless they are excluded',
    source: 'Okta, import of groups',
    grade: 'must',
    audience: ['okta'],
    async run(scene) {
      const { team } = await makeTeam(scene);
      const [found] = expectList(await scene.ask('GET', `/Groups?${byName(team)}&startIndex=1&count=100`)).Resources;
      const many = elementsOf(found?.members).length;
      if (many !== 2) throw new CheckFailed(`${many} of 2 members are in the listing`);
      return '2 members';
    },
  },
  {
    id: 'group.add-member',
    title: 'PATCH add of members, with Entra\'s "$ref": null',
    source: 'RFC 7644 section 3.5.2.1; Entra ID, groups',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, makeGroup, patch, read }) {
      const [ann, team] = [await makeUser(), await makeGroup()];
      expectPatched(await patch(team, { op: 'add', path: 'members', value: [{ $ref: null, value: ann.id }] }));
      expectMembers(await read(team), ann);
      return 'added';
    },
  },
  {
    id: 'group.add-twice',
    title: 'adding a member again succeeds and leaves one',
    source: 'RFC 7644 section 3.5.2.1',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      expectPatched(await scene.patch(team, { op: 'add', path: 'members', value: [memberOf(ann)] }));
      expectMembers(await scene.read(team), ann, bob);
      return 'one entry';
    },
  },
  {
    id: 'group.remove-by-filter',
    title: 'remove of members[value eq "..."]',
    source: 'RFC 7644 section 3.5.2.2; Okta, catalogue apps',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      expectPatched(await scene.patch(team, { op: 'remove', path: `members[value eq "${ann.id}"]` }));
      expectMembers(await scene.read(team), bob);
      return 'one removed';
    },
  },
  {
    id: 'group.remove-by-value',
    title: 'remove of members with a value removes those alone',
    source: 'Entra ID without aadOptscim062020; JumpCloud',
    grade: 'must',
    audience: ['entra'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      expectPatched(await scene.patch(team, { op: 'Remove', path: 'members', value: [{ $ref: null, value: ann.id }] }));
      expectMembers(await scene.read(team), bob);
      return 'one removed';
    },
  },
  {
    id: 'group.remove-stranger',
    title: 'removing somebody who is no member succeeds',
    source: 'Okta, catalogue apps; retries of all',
    grade: 'must',
    audience: ['okta', 'entra'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      const stranger = await scene.makeUser();
      expectPatched(await scene.patch(team, { op: 'remove', path: `members[value eq "${stranger.id}"]` }));
      expectMembers(await scene.read(team), ann, bob);
      return 'nothing changed';
    },
  },
  {
    id: 'group.replace-members',
    title: 'PATCH replace of members, also by none',
    source: 'RFC 7644 section 3.5.2.3; Okta, Push now',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const { ann, team } = await makeTeam(scene);
      const { patch, read } = scene;
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
    source: 'Okta, catalogue apps: before each membership change',
    grade: 'must',
    audience: ['okta'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      const displayName = scene.name();
      expectPatched(await scene.patch(team, { op: 'replace', value: { id: team.id, displayName } }));
      const seen = await scene.read(team);
      expectValue(seen, ['displayName'], displayName);
      expectMembers(seen, ann, bob);
      return 'renamed, both kept';
    },
  },
  {
    id: 'group.put',
    title: 'PUT of the whole group replaces its members',
    source: 'RFC 7644 section 3.5.1; Okta, custom apps',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const { bob, team } = await makeTeam(scene);
      const members = [{ ...memberOf(bob), display: 'bob@example.com' }];
      const body = { schemas: [GROUP], id: team.id, displayName: team.displayName, members };
      expectStatus(await scene.ask('PUT', targetOf('/Groups', team.id), { body }), 200);
      expectMembers(await scene.read(team), bob);
      return 'one of two kept';
    },
  },
  {
    id: 'group.disabled-member',
    title: 'a disabled user stays a member',
    source: 'Entra ID, restore: memberships are not sent again',
    grade: 'must',
    audience: ['entra'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      expectPatched(await scene.patch(ann, { op: 'replace', path: 'active', value: false }));
      expectMembers(await scene.read(team), ann, bob);
      return 'kept';
    },
  },
  {
    id: 'group.parallel',
    title: 'five requests at once that add a member each lose none',
    source: 'Entra ID, parallel workers',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, makeGroup, patch, read }) {
      const team = await makeGroup();
      const users = [await makeUser(), await makeUser(), await makeUser(), await makeUser(), await makeUser()];
      const add = (user: Resource) => patch(team, { op: 'add', path: 'members', value: [memberOf(user)] });
      for (const seen of await Promise.all(users.map(add))) expectPatched(seen);
      expectMembers(await read(team), ...users);
      return 'five members';
    },
  },
  {
    id: 'group.deleted-user',
    title: 'a deleted user leaves the group',
    source: 'RFC 7643 section 4.2',
    grade: 'should',
    audience: ['rfc'],
    async run(scene) {
      const { ann, bob, team } = await makeTeam(scene);
      expectStatus(await scene.ask('DELETE', targetOf('/Users', ann.id)), 204);
      expectMembers(await scene.read(team), bob);
      return 'one left';
    },
  },
  {
    id: 'group.user-groups',
    title: 'a user lists its groups',
    source: 'RFC 7643 section 4.1.2',
    grade: 'should',
    audience: ['rfc'],
    async run(scene) {
      const { ann, team } = await makeTeam(scene);
      const seen = await scene.read(ann);
      const there = elementsOf(at(seen.json, 'groups')).map((one) => at(one, 'value'));
      if (!there.includes(team.id))
        throw new CheckFailed(`${seen.asked}: groups has ${there.length} values, not the group`);
      return 'listed';
    },
  },
  {
    id: 'group.conflict',
    title: 'a displayName that is taken is 409',
    source: 'Entra ID, requirements (the RFC leaves it open)',
    grade: 'should',
    audience: ['entra'],
    async run({ ask, makeGroup }) {
      const { displayName } = await makeGroup();
      expectStatus(await ask('POST', '/Groups', { body: { schemas: [GROUP], displayName } }), 409);
      return '409';
    },
  },
  {
    id: 'group.delete',
    title: 'DELETE is 204, and the members stay',
    source: 'RFC 7644 section 3.6; Okta, unlink',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const { ann, team } = await makeTeam(scene);
      expectStatus(await scene.ask('DELETE', targetOf('/Groups', team.id)), 204);
      expectStatus(await scene.read(team), 404);
      expectStatus(await scene.read(ann), 200);
      return '204, then 404';
    },
  },
];
