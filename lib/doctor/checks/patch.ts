/** Checks of PATCH (RFC 7644 section 3.5.2). */

import { at, elementsOf } from '../../scim-client/json-value.ts';
import { PATCH_OP } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectError, expectPatched, expectStatus, expectUnassigned, expectValue, formatResponse } from '../expect.ts';

const RFC = 'RFC 7644 section 3.5.2';

export const patch: readonly Check[] = [
  {
    id: 'patch.answer',
    title: 'PATCH returns 200 with the resource, or 204 without a body',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch }) {
      const user = await createUser();
      const response = await patch(user, { op: 'replace', path: 'title', value: 'T' });
      expectPatched(response);
      if (response.status === 200) expectValue(response, ['id'], user.id);
      return String(response.status);
    },
  },
  {
    id: 'patch.operations',
    title: 'add, replace and remove in one request, applied in order',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch, read }) {
      const user = await createUser({ title: 'T', name: { givenName: 'A', familyName: 'B' } });
      const operations = [
        { op: 'add', path: 'nickName', value: 'N' },
        { op: 'replace', path: 'name.familyName', value: 'C' },
        { op: 'remove', path: 'title' },
      ];
      expectPatched(await patch(user, ...operations));
      const response = await read(user);
      expectValue(response, ['nickName'], 'N');
      expectValue(response, ['name', 'familyName'], 'C');
      expectValue(response, ['name', 'givenName'], 'A');
      expectUnassigned(response, ['title']);
      return 'all three';
    },
  },
  {
    id: 'patch.without-path',
    title: 'replace without path merges into complex attributes',
    source: 'RFC 7644 section 3.5.2.3; Okta, catalog apps',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch, read }) {
      const user = await createUser({ name: { givenName: 'A', familyName: 'B' } });
      const value = { id: user.id, displayName: 'D', name: { givenName: 'C' }, active: false };
      expectPatched(await patch(user, { op: 'replace', value }));
      const response = await read(user);
      expectValue(response, ['displayName'], 'D');
      expectValue(response, ['name', 'givenName'], 'C');
      expectValue(response, ['name', 'familyName'], 'B');
      expectValue(response, ['active'], false);
      return 'merged';
    },
  },
  {
    id: 'patch.value-path',
    title: 'replace of emails[type eq "work"].value keeps the other emails',
    source: 'RFC 7644 section 3.5.2.3',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch, read }) {
      const emails = ['work', 'home'].map((type) => ({ type, value: `${type}@example.com` }));
      const user = await createUser({ emails });
      expectPatched(
        await patch(user, { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' }),
      );
      const actual = elementsOf(at((await read(user)).json, 'emails')).map(
        (one) => `${at(one, 'type')} ${at(one, 'value')}`,
      );
      if (actual.toSorted().join() !== 'home home@example.com,work new@example.com')
        throw new CheckFailed(`emails are ${actual.join(', ')}`);
      return 'one changed';
    },
  },
  {
    id: 'patch.one-primary',
    title: 'a new primary value replaces the old one as primary',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch, read }) {
      const user = await createUser({ emails: [{ type: 'work', value: 'a@example.com', primary: true }] });
      const value = [{ type: 'home', value: 'b@example.com', primary: true }];
      expectPatched(await patch(user, { op: 'add', path: 'emails', value }));
      const primaries = elementsOf(at((await read(user)).json, 'emails')).filter((one) => at(one, 'primary') === true);
      const values = primaries.map((one) => at(one, 'value'));
      if (values.join() !== 'b@example.com')
        throw new CheckFailed(`the primary values are ${values.join(', ') || 'none'}, expected only b@example.com`);
      return 'only the new one';
    },
  },
  {
    id: 'patch.atomic',
    title: 'a request with a failing operation changes nothing',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch, read }) {
      const user = await createUser({ title: 'before' });
      const bad = { op: 'remove', path: 'userName' };
      const response = await patch(user, { op: 'replace', path: 'title', value: 'after' }, bad);
      if (response.status < 400)
        throw new CheckFailed(`removing the userName returned ${response.status}, expected an error`);
      expectValue(await read(user), ['title'], 'before');
      return `${formatResponse(response)}; nothing changed`;
    },
  },
  {
    id: 'patch.invalid-op',
    title: 'an unknown op returns 400',
    source: 'RFC 7644 section 3.12',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch }) {
      expectError(await patch(await createUser(), { op: 'increase', path: 'title', value: 'T' }), 400);
      return '400';
    },
  },
  {
    id: 'patch.remove-without-path',
    title: 'remove without path returns 400 noTarget',
    source: 'RFC 7644 section 3.5.2.2',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch }) {
      expectError(await patch(await createUser(), { op: 'remove' }), 400, 'noTarget');
      return '400 noTarget';
    },
  },
  {
    id: 'patch.unknown-user',
    title: 'PATCH of an unknown id returns 404',
    source: 'RFC 7644 section 3.12; Entra ID treats the user as deleted',
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
    title: 'PATCH to a userName in use returns 409',
    source: 'RFC 7644 section 3.5.2',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, patch }) {
      const { userName } = await createUser();
      expectStatus(await patch(await createUser(), { op: 'replace', path: 'userName', value: userName }), 409);
      return '409';
    },
  },
  {
    id: 'patch.last-modified',
    title: 'a change updates meta.lastModified',
    source: 'RFC 7643 section 3.1',
    grade: 'should',
    audience: ['rfc'],
    async run({ createUser, patch, read }) {
      const user = await createUser();
      const before = Date.parse(String(at((await read(user)).json, 'meta', 'lastModified')));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expectPatched(await patch(user, { op: 'replace', path: 'title', value: 'T' }));
      const after = Date.parse(String(at((await read(user)).json, 'meta', 'lastModified')));
      // Some servers store whole seconds.
      if (!(after > before) && !(after === before && after % 1000 === 0))
        throw new CheckFailed(`it was ${before} before and is ${after} after the change`);
      return 'updated';
    },
  },
];
