/** Checks of POST (RFC 7644 section 3.3), with the bodies that identity providers send. */
import { at, elementsOf } from '../../scim-client/json-value.ts';
import { ENTERPRISE, USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import {
  expectError,
  expectResource,
  expectStatus,
  expectUnassigned,
  expectValue,
  format,
  formatResponse,
} from '../expect.ts';

const RFC = 'RFC 7644 section 3.3';

export const creation: readonly Check[] = [
  {
    id: 'create.user',
    title: 'POST /Users returns 201 with the whole resource',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [USER], userName: `${name()}@Example.com`, name: { givenName: 'Ann', familyName: 'B' } };
      const response = await ask('POST', '/Users', { body });
      expectResource(response, 201);
      expectValue(response, ['userName'], body.userName);
      expectValue(response, ['name', 'familyName'], 'B');
      expectValue(response, ['meta', 'resourceType'], 'User');
      return `201, id ${at(response.json, 'id')}`;
    },
  },
  {
    id: 'create.location',
    title: '201 has a Location header with the resource URI',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const response = await ask('POST', '/Users', { body: { schemas: [USER], userName: name() } });
      const { id } = expectResource(response, 201);
      const { location } = response.headers;
      if (location === undefined) throw new CheckFailed('201 without a Location header');
      if (!location.endsWith(`/Users/${encodeURIComponent(id)}`))
        throw new CheckFailed(`Location is ${format(location)}`);
      return location;
    },
  },
  {
    id: 'create.meta',
    title: 'meta has created, lastModified and location',
    source: 'RFC 7643 section 3.1',
    grade: 'should',
    audience: ['rfc'],
    async run({ createUser, read }) {
      const response = await read(await createUser());
      for (const name of ['created', 'lastModified', 'location'])
        if (typeof at(response.json, 'meta', name) !== 'string')
          throw new CheckFailed(`meta.${name} is ${format(at(response.json, 'meta', name))}`);
      return 'all three';
    },
  },
  {
    id: 'create.id',
    title: 'the server assigns the id, without "bulkId" in it',
    source: 'RFC 7643 section 3.1; Okta, preparation',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, name }) {
      const requested = name();
      const { id } = await createUser({ id: requested, externalId: requested });
      if (id === requested || /bulkid/i.test(id)) throw new CheckFailed(`the id is ${format(id)}`);
      return id;
    },
  },
  {
    id: 'create.active',
    title: 'a user created as active is active',
    source: 'Okta SPEC test 06',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, read }) {
      expectValue(await read(await createUser({ active: true })), ['active'], true);
      return 'true';
    },
  },
  {
    id: 'create.conflict',
    title: 'a userName in use returns 409 uniqueness',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      const { userName } = await createUser();
      expectError(await ask('POST', '/Users', { body: { schemas: [USER], userName } }), 409, 'uniqueness');
      return '409 uniqueness';
    },
  },
  {
    id: 'create.conflict-by-case',
    title: 'a userName that differs only in case returns 409 too',
    source: 'RFC 7643 section 4.1.1; Okta SPEC test 09',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      const { userName } = await createUser();
      const response = await ask('POST', '/Users', {
        body: { schemas: [USER], userName: String(userName).toUpperCase() },
      });
      expectStatus(response, 409);
      return '409';
    },
  },
  {
    id: 'create.without-user-name',
    title: 'a user without userName returns 400',
    source: 'RFC 7643 section 4.1.1',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const response = await ask('POST', '/Users', { body: { schemas: [USER], displayName: 'unnamed' } });
      expectError(response, 400);
      return formatResponse(response);
    },
  },
  {
    id: 'create.one-primary',
    title: 'at most one value of an attribute is primary',
    source: 'RFC 7643 section 2.4',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const emails = ['work', 'home'].map((type) => ({ type, value: `${type}@example.com`, primary: true }));
      const response = await ask('POST', '/Users', { body: { schemas: [USER], userName: name(), emails } });
      if (response.status === 400) return `refused: ${formatResponse(response)}`;
      expectResource(response, 201);
      const primaries = elementsOf(at(response.json, 'emails')).filter((email) => at(email, 'primary') === true);
      if (primaries.length > 1)
        throw new CheckFailed(`two email addresses sent as primary: ${primaries.length} stay primary`);
      return 'the others are no longer primary';
    },
  },
  {
    id: 'create.password',
    title: 'a password is accepted and never returned',
    source: 'RFC 7643 section 4.1.1; Okta, assignment',
    grade: 'must',
    audience: ['rfc'],
    async run({ createUser, read }) {
      const response = await read(await createUser({ password: 'Xk-doctor-9!' }));
      if (response.text.includes('Xk-doctor-9!')) throw new CheckFailed('the response contains the password');
      return 'not returned';
    },
  },
  {
    id: 'create.okta',
    title: "Okta's body: empty groups, placeholder password",
    source: 'Okta, assignment',
    grade: 'must',
    audience: ['okta'],
    async run({ ask, name }) {
      const userName = `${name()}@example.com`;
      const profile = { userName, name: { givenName: 'Ann', familyName: 'B' }, displayName: 'Ann B', locale: 'en-US' };
      const rest = { externalId: '00u1doctor', groups: [], password: 'placeholder', active: true };
      const emails = [{ primary: true, value: userName, type: 'work' }];
      const response = await ask('POST', '/Users', { body: { schemas: [USER], ...profile, emails, ...rest } });
      expectResource(response, 201);
      expectValue(response, ['active'], true);
      expectValue(response, ['externalId'], '00u1doctor');
      return '201';
    },
  },
  {
    id: 'create.entra',
    title: "Entra's body: empty roles, meta",
    source: 'Entra ID, provisioning of users',
    grade: 'must',
    audience: ['entra'],
    async run({ ask, name }) {
      const userName = `${name()}@example.com`;
      const core = {
        userName,
        externalId: 'ann',
        active: true,
        emails: [{ primary: true, type: 'work', value: userName }],
      };
      const extension = { department: 'R&D' };
      const rest = { meta: { resourceType: 'User' }, name: { familyName: 'B', givenName: 'Ann' }, roles: [] };
      const body = { schemas: [USER, ENTERPRISE], ...core, ...rest, [ENTERPRISE]: extension };
      const response = await ask('POST', '/Users', { body });
      expectResource(response, 201);
      expectValue(response, [ENTERPRISE, 'department'], 'R&D');
      return '201';
    },
  },
  {
    id: 'create.entra-manager',
    title: 'a manager as a plain string in the body',
    source: 'Entra ID, provisioning of users',
    grade: 'should',
    audience: ['entra'],
    async run({ ask, name }) {
      const body = { schemas: [USER, ENTERPRISE], userName: name(), [ENTERPRISE]: { manager: 'no-such-user' } };
      const response = await ask('POST', '/Users', { body });
      expectResource(response, 201);
      expectValue(response, [ENTERPRISE, 'manager', 'value'], 'no-such-user');
      return '201';
    },
  },
  {
    id: 'create.nulls',
    title: 'null means no value',
    source: 'RFC 7643 section 2.5; Entra ID and OneLogin send it',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [USER], userName: name(), title: null, addresses: null, phoneNumbers: [] };
      const response = await ask('POST', '/Users', { body });
      expectResource(response, 201);
      expectUnassigned(response, ['title']);
      return 'accepted, not stored';
    },
  },
  {
    id: 'create.boolean-string',
    title: 'active as the string "True"',
    source: 'Entra ID, mapping of active by expression',
    grade: 'must',
    audience: ['entra'],
    async run({ ask, name }) {
      const response = await ask('POST', '/Users', { body: { schemas: [USER], userName: name(), active: 'True' } });
      expectResource(response, 201);
      expectValue(response, ['active'], true);
      return 'accepted, returned as a boolean';
    },
  },
];
