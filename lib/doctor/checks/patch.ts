/** Checks of PATCH as RFC 7644 section 3.5.2 has it. */

import { at, elementsOf } from '../../scim-client/json-value.ts';
import { PATCH_OP } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectError, expectPatched, expectStatus, expectUnassigned, expectValue, sayAnswer } from '../expect.ts';

const RFC = 'RFC 7644 section 3.5.2';

export const patch: readonly Check[] = [
  {
    id: 'patch.answer',
    title: 'PATCH answers 200 with the resource, or 204 with nothing',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch }) {
      const made = await makeUser();
      const seen = await patch(made, { op: 'replace', path: 'title', value: 'T' });
      expectPatched(seen);
      if (seen.status === 200) expectValue(seen, ['id'], made.id);
      return String(seen.status);
    },
  },
  {
    id: 'patch.operations',
    title: 'add, replace and remove in one request, in their order',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch, read }) {
      const made = await makeUser({ title: 'T', name: { givenName: 'A', familyName: 'B' } });
      const operations = [
        { op: 'add', path: 'nickName', value: 'N' },
        { op: 'replace', path: 'name.familyName', value: 'C' },
        { op: 'remove', path: 'title' },
      ];
      expectPatched(await patch(made, ...operations));
      const seen = await read(made);
      expectValue(seen, ['nickName'], 'N');
      expectValue(seen, ['name', 'familyName'], 'C');
      expectValue(seen, ['name', 'givenName'], 'A');
      expectUnassigned(seen, ['title']);
      return 'all three';
    },
  },
  {
    id: 'patch.without-path',
    title: 'replace without path merges into complex attributes',
    source: 'RFC 7644 section 3.5.2.3; Okta, catalogue apps',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch, read }) {
      const made = await makeUser({ name: { givenName: 'A', familyName: 'B' } });
      const value = { id: made.id, displayName: 'D', name: { givenName: 'C' }, active: false };
      expectPatched(await patch(made, { op: 'replace', value }));
      const seen = await read(made);
      expectValue(seen, ['displayName'], 'D');
      expectValue(seen, ['name', 'givenName'], 'C');
      expectValue(seen, ['name', 'familyName'], 'B');
      expectValue(seen, ['active'], false);
      return 'merged';
    },
  },
  {
    id: 'patch.value-path',
    title: 'replace of emails[type eq "work"].value leaves the others alone',
    source: 'RFC 7644 section 3.5.2.3',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch, read }) {
      const emails = ['work', 'home'].map((type) => ({ type, value: `${type}@example.com` }));
      const made = await makeUser({ emails });
      expectPatched(
        await patch(made, { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' }),
      );
      const there = elementsOf(at((await read(made)).json, 'emails')).map(
        (one) => `${at(one, 'type')} ${at(one, 'value')}`,
      );
      if (there.toSorted().join() !== 'home home@example.com,work new@example.com')
        throw new CheckFailed(`emails are ${there.join(', ')}`);
      return 'one changed';
    },
  },
  {
    id: 'patch.one-primary',
    title: 'a new primary value takes the place of the old one',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch, read }) {
      const made = await makeUser({ emails: [{ type: 'work', value: 'a@example.com', primary: true }] });
      const value = [{ type: 'home', value: 'b@example.com', primary: true }];
      expectPatched(await patch(made, { op: 'add', path: 'emails', value }));
      const primaries = elementsOf(at((await read(made)).json, 'emails')).filter((one) => at(one, 'primary') === true);
      const values = primaries.map((one) => at(one, 'value'));
      if (values.join() !== 'b@example.com')
        throw new CheckFailed(`primary are ${values.join(', ') || 'none'}, in place of b@example.com alone`);
      return 'the new one alone';
    },
  },
  {
    id: 'patch.atomic',
    title: 'a request of which one operation fails changes nothing',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch, read }) {
      const made = await makeUser({ title: 'before' });
      const bad = { op: 'replace', path: 'id', value: 'x' };
      const seen = await patch(made, { op: 'replace', path: 'title', value: 'after' }, bad);
      if (seen.status < 400) throw new CheckFailed(`replacing the id answered ${seen.status}`);
      expectValue(await read(made), ['title'], 'before');
      return `${sayAnswer(seen)}; nothing changed`;
    },
  },
  {
    id: 'patch.invalid-op',
    title: 'an operation that there is not is 400',
    source: 'RFC 7644 section 3.12',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch }) {
      expectError(await patch(await makeUser(), { op: 'increase', path: 'title', value: 'T' }), 400);
      return '400';
    },
  },
  {
    id: 'patch.remove-without-path',
    title: 'remove without path is 400 noTarget',
    source: 'RFC 7644 section 3.5.2.2',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch }) {
      expectError(await patch(await makeUser(), { op: 'remove' }), 400, 'noTarget');
      return '400 noTarget';
    },
  },
  {
    id: 'patch.unknown-user',
    title: 'PATCH on an unknown id is 404',
    source: 'RFC 7644 section 3.12; Entra ID takes it for gone',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'active', value: false }] };
      expectError(await ask('PATCH', '/Users/doctor-no-such-user', { body }), 404);
      return '404';
    },
  },
  {
    id: 'patch.conflict',
    title: 'a PATCH to a userName that is taken is 409',
    source: 'RFC 7644 section 3.5.2',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, patch }) {
      const { userName } = await makeUser();
      expectStatus(await patch(await makeUser(), { op: 'replace', path: 'userName', value: userName }), 409);
      return '409';
    },
  },
  {
    id: 'patch.last-modified',
    title: 'meta.lastModified moves',
    source: 'RFC 7643 section 3.1',
    grade: 'should',
    audience: ['rfc'],
    async run({ makeUser, patch, read }) {
      const made = await makeUser();
      const before = Date.parse(String(at((await read(made)).json, 'meta', 'lastModified')));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expectPatched(await patch(made, { op: 'replace', path: 'title', value: 'T' }));
      const after = Date.parse(String(at((await read(made)).json, 'meta', 'lastModified')));
      // Some servers keep whole seconds.
      if (!(after > before) && !(after === before && after % 1000 === 0))
        throw new CheckFailed(`it was ${before}, and is ${after}`);
      return 'it moved';
    },
  },
];
