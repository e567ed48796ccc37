/** Checks of GET, PUT, DELETE and of a disabled user (RFC 7644 sections 3.4.1, 3.5.1, 3.6). */
import { at } from '../../scim-client/json-value.ts';
import { USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { targetOf } from '../check-context.ts';
import {
  expectError,
  expectNone,
  expectOne,
  expectPatched,
  expectResource,
  expectStatus,
  expectValue,
} from '../expect.ts';

const UNKNOWN = '/Users/doctor-no-such-user';
const byName = (userName: unknown): string =>
  `/Users?filter=${encodeURIComponent(`userName eq ${JSON.stringify(userName)}`)}`;

export const lifecycle: readonly Check[] = [
  {
    id: 'read.user',
    title: 'a user is read by id',
    source: 'RFC 7644 section 3.4.1; Okta SPEC test 02',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, read }) {
      const { id, userName } = await makeUser();
      const seen = await read({ id, schemas: [USER] });
      expectResource(seen, 200);
      expectValue(seen, ['id'], id);
      expectValue(seen, ['userName'], userName);
      return '200';
    },
  },
  {
    id: 'read.unknown',
    title: 'an unknown id is 404 with a SCIM error',
    source: 'RFC 7644 section 3.12; Okta SPEC test 04',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      expectError(await ask('GET', UNKNOWN), 404);
      return '404';
    },
  },
  {
    id: 'replace.user',
    title: 'PUT of all that GET returned, with changes merged in',
    source: 'RFC 7644 section 3.5.1; Okta, profile push',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser, read }) {
      const made = await makeUser({ displayName: 'Before', title: 'T' });
      const there = expectResource(await read(made), 200);
      const seen = await ask('PUT', targetOf('/Users', made.id), { body: { ...there, displayName: 'After' } });
      expectStatus(seen, 200);
      expectValue(seen, ['displayName'], 'After');
      expectValue(seen, ['title'], 'T');
      expectValue(seen, ['id'], made.id);
      return '200, id and meta in the body are ignored';
    },
  },
  {
    id: 'replace.deactivate',
    title: 'PUT with active false disables',
    source: 'Okta, custom apps',
    grade: 'must',
    audience: ['okta'],
    async run({ ask, makeUser, read }) {
      const made = await makeUser({ active: true });
      const there = expectResource(await read(made), 200);
      expectStatus(await ask('PUT', targetOf('/Users', made.id), { body: { ...there, active: false } }), 200);
      expectValue(await read(made), ['active'], false);
      return 'active is false';
    },
  },
  {
    id: 'replace.unknown',
    title: 'PUT on an unknown id is 404 and makes nothing',
    source: 'RFC 7644 section 3.5.1',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const userName = name();
      expectStatus(await ask('PUT', UNKNOWN, { body: { schemas: [USER], userName } }), 404);
      expectNone(await ask('GET', byName(userName)));
      return '404';
    },
  },
  {
    id: 'replace.case-of-user-name',
    title: 'a userName may change its own letter case',
    source: 'RFC 7643 section 4.1.1; Okta, profile push',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser, read }) {
      const made = await makeUser();
      const userName = String(made.userName).toUpperCase();
      const there = expectResource(await read(made), 200);
      expectStatus(await ask('PUT', targetOf('/Users', made.id), { body: { ...there, userName } }), 200);
      expectValue(await read(made), ['userName'], userName);
      return 'no conflict with itself';
    },
  },
  {
    id: 'disable.stays-readable',
    title: 'a disabled user is found by id and by filter, with active false',
    source: 'Entra ID, soft delete; Okta, deactivation',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser, read, patch }) {
      const made = await makeUser({ title: 'kept' });
      expectPatched(await patch(made, { op: 'replace', path: 'active', value: false }));
      const seen = await read(made);
      expectStatus(seen, 200);
      expectValue(seen, ['active'], false);
      expectValue(seen, ['title'], 'kept');
      const found = await ask('GET', byName(made.userName));
      expectOne(found, made.id);
      expectValue(found, ['Resources', 0, 'active'], false);
      return 'both, with its attributes';
    },
  },
  {
    id: 'disable.enable',
    title: 'it can be enabled again under the same id',
    source: 'Okta, reactivation; Entra ID, restore',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, read, patch }) {
      const made = await makeUser();
      expectPatched(await patch(made, { op: 'replace', path: 'active', value: false }));
      expectPatched(await patch(made, { op: 'replace', path: 'active', value: true }));
      expectValue(await read(made), ['active'], true);
      return 'active is true';
    },
  },
  {
    id: 'delete.user',
    title: 'DELETE is 204, and the user is gone from reads and filters',
    source: 'RFC 7644 section 3.6; Entra ID, hard delete',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser, read }) {
      const made = await makeUser();
      expectStatus(await ask('DELETE', targetOf('/Users', made.id)), 204);
      expectError(await read(made), 404);
      expectNone(await ask('GET', byName(made.userName)));
      return '204, then 404';
    },
  },
  {
    id: 'delete.twice',
    title: 'DELETE of what is gone is 404',
    source: 'RFC 7644 section 3.6; Entra SCIM validator',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      const { id } = await makeUser();
      expectStatus(await ask('DELETE', targetOf('/Users', id)), 204);
      expectError(await ask('DELETE', targetOf('/Users', id)), 404);
      return '404';
    },
  },
  {
    id: 'delete.frees-name',
    title: 'the userName is free after it',
    source: 'RFC 7644 section 3.6; Entra ID, restore',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      const { id, userName } = await makeUser();
      expectStatus(await ask('DELETE', targetOf('/Users', id)), 204);
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], userName } });
      expectStatus(seen, 201);
      return `201, id ${at(seen.json, 'id') === id ? 'the same' : 'another'}`;
    },
  },
];
