/** Checks of POST (RFC 7644 section 3.3), with the bodies that identity providers send. */
import { at, elementsOf } from '../../scim-client/json-value.ts';
import { ENTERPRISE, USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectError, expectResource, expectStatus, expectUnassigned, expectValue, say, sayAnswer } from '../expect.ts';

const RFC = 'RFC 7644 section 3.3';

export const creation: readonly Check[] = [
  {
    id: 'create.user',
    title: 'POST /Users is 201 with the whole resource',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [USER], userName: `${name()}@Example.com`, name: { givenName: 'Ann', familyName: 'B' } };
      const seen = await ask('POST', '/Users', { body });
      expectResource(seen, 201);
      expectValue(seen, ['userName'], body.userName);
      expectValue(seen, ['name', 'familyName'], 'B');
      expectValue(seen, ['meta', 'resourceType'], 'User');
      return `201, id ${at(seen.json, 'id')}`;
    },
  },
  {
    id: 'create.location',
    title: '201 has a Location header that leads to the resource',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], userName: name() } });
      const { id } = expectResource(seen, 201);
      const { location } = seen.headers;
      if (location === undefined) throw new CheckFailed('201 without a Location header');
      if (!location.endsWith(`/Users/${encodeURIComponent(id)}`)) throw new CheckFailed(`Location is ${say(location)}`);
      return location;
    },
  },
  {
    id: 'create.meta',
    title: 'meta has created, lastModified and location',
    source: 'RFC 7643 section 3.1',
    grade: 'should',
    audience: ['rfc'],
    async run({ makeUser, read }) {
      const seen = await read(await makeUser());
      for (const name of ['created', 'lastModified', 'location'])
        if (typeof at(seen.json, 'meta', name) !== 'string')
          throw new CheckFailed(`meta.${name} is ${say(at(seen.json, 'meta', name))}`);
      return 'all three';
    },
  },
  {
    id: 'create.id',
    title: 'the id is the server\'s, and has no "bulkId" in it',
    source: 'RFC 7643 section 3.1; Okta, preparation',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, name }) {
      const wished = name();
      const { id } = await makeUser({ id: wished, externalId: wished });
      if (id === wished || /bulkid/i.test(id)) throw new CheckFailed(`the id is ${say(id)}`);
      return id;
    },
  },
  {
    id: 'create.active',
    title: 'a user who is made active is active',
    source: 'Okta SPEC test 06',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, read }) {
      expectValue(await read(await makeUser({ active: true })), ['active'], true);
      return 'true';
    },
  },
  {
    id: 'create.conflict',
    title: 'a userName that is taken is 409 uniqueness',
    source: RFC,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      const { userName } = await makeUser();
      expectError(await ask('POST', '/Users', { body: { schemas: [USER], userName } }), 409, 'uniqueness');
      return '409 uniqueness';
    },
  },
  {
    id: 'create.conflict-by-case',
    title: 'a userName that differs by letter case only is taken too',
    source: 'RFC 7643 section 4.1.1; Okta SPEC test 09',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      const { userName } = await makeUser();
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], userName: String(userName).toUpperCase() } });
      expectStatus(seen, 409);
      return '409';
    },
  },
  {
    id: 'create.without-user-name',
    title: 'a user without userName is 400',
    source: 'RFC 7643 section 4.1.1',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask }) {
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], displayName: 'nobody' } });
      expectError(seen, 400);
      return sayAnswer(seen);
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
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], userName: name(), emails } });
      if (seen.status === 400) return `refused: ${sayAnswer(seen)}`;
      expectResource(seen, 201);
      const primaries = elementsOf(at(seen.json, 'emails')).filter((email) => at(email, 'primary') === true);
      if (primaries.length > 1)
        throw new CheckFailed(`two e-mail addresses sent as primary: ${primaries.length} are kept so`);
      return 'the others lose it';
    },
  },
  {
    id: 'create.password',
    title: 'a password is accepted and never returned',
    source: 'RFC 7643 section 4.1.1; Okta, assignment',
    grade: 'must',
    audience: ['rfc'],
    async run({ makeUser, read }) {
      const seen = await read(await makeUser({ password: 'Xk-doctor-9!' }));
      if (seen.text.includes('Xk-doctor-9!')) throw new CheckFailed('the password is in the answer');
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
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], ...profile, emails, ...rest } });
      expectResource(seen, 201);
      expectValue(seen, ['active'], true);
      expectValue(seen, ['externalId'], '00u1doctor');
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
      const seen = await ask('POST', '/Users', { body });
      expectResource(seen, 201);
      expectValue(seen, [ENTERPRISE, 'department'], 'R&D');
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
      const seen = await ask('POST', '/Users', { body });
      expectResource(seen, 201);
      expectValue(seen, [ENTERPRISE, 'manager', 'value'], 'no-such-user');
      return '201';
    },
  },
  {
    id: 'create.nulls',
    title: 'null is no value',
    source: 'RFC 7643 section 2.5; Entra ID and OneLogin send it',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, name }) {
      const body = { schemas: [USER], userName: name(), title: null, addresses: null, phoneNumbers: [] };
      const seen = await ask('POST', '/Users', { body });
      expectResource(seen, 201);
      expectUnassigned(seen, ['title']);
      return 'accepted, not kept';
    },
  },
  {
    id: 'create.boolean-string',
    title: 'active as the string "True"',
    source: 'Entra ID, mapping of active by expression',
    grade: 'must',
    audience: ['entra'],
    async run({ ask, name }) {
      const seen = await ask('POST', '/Users', { body: { schemas: [USER], userName: name(), active: 'True' } });
      expectResource(seen, 201);
      expectValue(seen, ['active'], true);
      return 'accepted, answered as a boolean';
    },
  },
];
