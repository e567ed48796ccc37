/** Checks of GET, PUT, DELETE and disabled users (RFC 7644 sections 3.4.1, 3.5.1, 3.6). */
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
    title: 'GET by id returns the user',
    source: 'RFC 7644 section 3.4.1; Okta SPEC test 02',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, read }) {
      const { id, userName } = await createUser();
      const response = await read({ id, schemas: [USER] });
      expectResource(response, 200);
      expectValue(response, ['id'], id);
      expectValue(response, ['userName'], userName);
      return '200';
    },
  },
  {
    id: 'read.unknown',
    title: 'an unknown id returns 404 with a SCIM error',
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
    title: 'PUT of the resource GET returned, with changes merged in',
    source: 'RFC 7644 section 3.5.1; Okta, profile push',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser, read }) {
      const user = await createUser({ displayName: 'Before', title: 'T' });
      const current = expectResource(await read(user), 200);
      const response = await ask('PUT', targetOf('/Users', user.id), { body: { ...current, displayName: 'After' } });
      expectStatus(response, 200);
      expectValue(response, ['displayName'], 'After');
      expectValue(response, ['title'], 'T');
      expectValue(response, ['id'], user.id);
      return '200, id and meta in the body ignored';
    },
  },
  {
    id: 'replace.deactivate',
    title: 'PUT with active false disables the user',
    source: 'Okta, custom apps',
    grade: 'must',
    audience: ['okta'],
    async run({ ask, createUser, read }) {
      const user = await createUser({ active: true });
      const current = expectResource(await read(user), 200);
      expectStatus(await ask('PUT', targetOf('/Users', user.id), { body: { ...current, active: false } }), 200);
      expectValue(await read(user), ['active'], false);
      return 'active is false';
    },
  },
  {
    id: 'replace.unknown',
    title: 'PUT of an unknown id returns 404 and creates nothing',
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
    title: 'a userName may change in case only',
    source: 'RFC 7643 section 4.1.1; Okta, profile push',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser, read }) {
      const user = await createUser();
      const userName = String(user.userName).toUpperCase();
      const current = expectResource(await read(user), 200);
      expectStatus(await ask('PUT', targetOf('/Users', user.id), { body: { ...current, userName } }), 200);
      expectValue(await read(user), ['userName'], userName);
      return 'no conflict with itself';
    },
  },
  {
    id: 'disable.stays-readable',
    title: 'a disabled user is found by id and filter, with active false',
    source: 'Entra ID, soft delete; Okta, deactivation',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser, read, patch }) {
      const user = await createUser({ title: 'kept' });
      expectPatched(await patch(user, { op: 'replace', path: 'active', value: false }));
      const response = await read(user);
      expectStatus(response, 200);
      expectValue(response, ['active'], false);
      expectValue(response, ['title'], 'kept');
      const found = await ask('GET', byName(user.userName));
      expectOne(found, user.id);
      expectValue(found, ['Resources', 0, 'active'], false);
      return 'both, with its attributes';
    },
  },
  {
    id: 'disable.enable',
    title: 'a disabled user can be enabled again with the same id',
    source: 'Okta, reactivation; Entra ID, restore',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, read, patch }) {
      const user = await createUser();
      expectPatched(await patch(user, { op: 'replace', path: 'active', value: false }));
      expectPatched(await patch(user, { op: 'replace', path: 'active', value: true }));
      expectValue(await read(user), ['active'], true);
      return 'active is true';
    },
  },
  {
    id: 'delete.user',
    title: 'DELETE returns 204, and reads and filters no longer find the user',
    source: 'RFC 7644 section 3.6; Entra ID, hard delete',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser, read }) {
      const user = await createUser();
      expectStatus(await ask('DELETE', targetOf('/Users', user.id)), 204);
      expectError(await read(user), 404);
      expectNone(await ask('GET', byName(user.userName)));
      return '204, then 404';
    },
  },
  {
    id: 'delete.twice',
    title: 'DELETE of a deleted user returns 404',
    source: 'RFC 7644 section 3.6; Entra SCIM validator',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      const { id } = await createUser();
      expectStatus(await ask('DELETE', targetOf('/Users', id)), 204);
      expectError(await ask('DELETE', targetOf('/Users', id)), 404);
      return '404';
    },
  },
  {
    id: 'delete.frees-name',
    title: 'the userName of a deleted user can be used again',
    source: 'RFC 7644 section 3.6; Entra ID, restore',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      const { id, userName } = await createUser();
      expectStatus(await ask('DELETE', targetOf('/Users', id)), 204);
      const response = await ask('POST', '/Users', { body: { schemas: [USER], userName } });
      expectStatus(response, 201);
      return `201, id ${at(response.json, 'id') === id ? 'the same' : 'another'}`;
    },
  },
];
