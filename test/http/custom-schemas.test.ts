/** Custom schemas of a directory, over HTTP: attributes, extensions, types, value rules, the default group. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ENTERPRISE, group, operations, USER, useLocalRun, user } from '../support/local-run.ts';

const Attributes = z.array(z.looseObject({ name: z.string() }));
const Fixture = z.object({
  resourceType: z.looseObject({}),
  schemas: z.array(z.looseObject({ attributes: Attributes })),
});
const fixture = new URL('../fixtures/vectors/testresource-schema.json', import.meta.url);
/** Used unchanged as settings, because their format is that of RFC 7643 sections 6 and 7. */
const { resourceType, schemas } = Fixture.parse(JSON.parse(readFileSync(fixture, 'utf8')));

const BADGE = 'urn:acme:scim:1.0:Badge';
const TEST = 'urn:ietf:params:scim:schemas:test:2.0:TestResource';
const TEST_EXTENSION = 'urn:ietf:params:scim:schemas:extension:test:2.0:TestResource';

const acme = {
  id: 'acme',
  schemas: [
    {
      id: USER,
      attributes: [
        { name: 'acmeRole', allowedValues: ['admin', 'member', 'guest'], default: 'member', description: 'The role.' },
        { name: 'acmeSeat', type: 'integer', mutability: 'immutable' },
        { name: 'acmeLogin', uniqueness: 'server', caseExact: true },
      ],
    },
    { id: ENTERPRISE, attributes: [{ name: 'badgeColor', default: 'blue' }] },
    {
      id: BADGE,
      name: 'Badge',
      attributes: [
        { name: 'number', uniqueness: 'server' },
        {
          name: 'doors',
          type: 'complex',
          multiValued: true,
          subAttributes: [{ name: 'value' }, { name: 'floor', type: 'integer' }],
        },
        { name: 'pin', mutability: 'writeOnly', returned: 'never' },
      ],
    },
  ],
  schemaExtensions: [
    { resourceType: 'User', schema: BADGE },
    { resourceType: 'Group', schema: BADGE },
  ],
};
const tests = { id: 'tests', mode: 'rfc', schemas, resourceTypes: [resourceType] };
const strict = {
  id: 'strict',
  requiredAttributes: ['emails.value', 'name.familyName', `${ENTERPRISE}:department`],
  valueRules: [
    { attribute: 'emails.value', rule: 'trim', action: 'convert' },
    { attribute: 'emails.value', rule: 'lowercase', action: 'convert' },
    { attribute: 'emails.value', rule: 'domain', action: 'refuse', values: ['acme.example', 'ACME.test'] },
    { attribute: 'userName', rule: 'lowercase', action: 'refuse' },
    { attribute: 'title', rule: 'maxLength', action: 'refuse', length: 10 },
    { attribute: `${ENTERPRISE}:costCenter`, rule: 'startsWith', action: 'refuse', values: ['CC-'] },
  ],
};
const everyone = { id: 'everyone', defaultGroup: 'Everyone' };
const twins = { id: 'twins', defaultGroup: 'Everyone', uniqueGroupNames: false };

const { ask, events } = useLocalRun({ directories: [acme, tests, strict, everyone, twins] });
const inDirectory = (directory: string) => ({
  get: (path: string) => ask('GET', path, { directory }),
  post: (path: string, body: object) => ask('POST', path, { directory, body }),
  put: (path: string, body: object) => ask('PUT', path, { directory, body }),
  patch: (path: string, ...list: object[]) => ask('PATCH', path, { directory, body: operations(...list) }),
  remove: (path: string) => ask('DELETE', path, { directory }),
  find: async (endpoint: string, filter: string) => {
    const { status, json } = await ask('GET', `${endpoint}?filter=${encodeURIComponent(filter)}`, { directory });
    if (status !== 200) return `${status} ${json.scimType}`;
    return (json.Resources as { id: string }[]).map(({ id }) => id);
  },
});
const refusal = ({ status, json }: { status: number; json: { scimType?: string; detail?: string } }) =>
  `${status} ${json.scimType}: ${json.detail}`;

describe('custom attributes', () => {
  const { get, post, put, patch, find } = inDirectory('acme');

  test('appear in their schema, in that directory only', async () => {
    const { json } = await get(`/Schemas/${USER}`);
    const role = json.attributes.find(({ name }: { name: string }) => name === 'acmeRole');
    expect(role).toEqual({
      name: 'acmeRole',
      type: 'string',
      multiValued: false,
      description: 'The role.',
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
      canonicalValues: ['admin', 'member', 'guest'],
    });
    const elsewhere = await ask('GET', `/Schemas/${USER}`, { directory: 'everyone' });
    expect(elsewhere.text).not.toContain('acmeRole');
    const types = await get('/ResourceTypes/User');
    expect(types.json.schemaExtensions).toEqual([
      { schema: ENTERPRISE, required: false },
      { schema: BADGE, required: false },
    ]);
    expect((await get(`/Schemas/${BADGE}`)).json.attributes).toHaveLength(3);
    expect((await get('/Schemas')).text).not.toContain('null');
  });

  test('have a default and allowed values, and work in filters and in paths with and without URN', async () => {
    const made = await post('/Users', user('ann'));
    expect(made.json).toMatchObject({ acmeRole: 'member', [ENTERPRISE]: { badgeColor: 'blue' } });
    expect(made.json.schemas).toContain(ENTERPRISE);
    const { id } = made.json;

    expect(await find('/Users', 'acmeRole eq "MEMBER" and userName eq "ann"')).toEqual([id]);
    expect(await find('/Users', `${USER}:acmeRole eq "member" and userName eq "ann"`)).toEqual([id]);
    expect(await find('/Users', `${ENTERPRISE}:badgeColor eq "blue" and userName eq "ann"`)).toEqual([id]);

    const top = await patch(`/Users/${id}`, { op: 'replace', path: 'acmeRole', value: 'admin' });
    expect([top.status, top.json.acmeRole]).toEqual([200, 'admin']);
    const full = await patch(`/Users/${id}`, { op: 'replace', path: `${USER}:acmeRole`, value: 'guest' });
    expect([full.status, full.json.acmeRole]).toEqual([200, 'guest']);
    const keys = await patch(`/Users/${id}`, { op: 'add', value: { [`${USER}:acmeRole`]: 'admin' } });
    expect([keys.status, keys.json.acmeRole]).toEqual([200, 'admin']);
    const nested = await patch(`/Users/${id}`, { op: 'add', value: { [USER]: { acmeRole: 'guest' } } });
    expect([nested.status, nested.json.acmeRole]).toEqual([200, 'guest']);

    const expected =
      /^400 invalidValue: acmeRole has a value that is not allowed: expected one of admin, member, guest\.$/;
    expect(refusal(await post('/Users', user('bob', { acmeRole: 'owner-17' })))).toMatch(expected);
    expect(refusal(await patch(`/Users/${id}`, { op: 'replace', path: 'acmeRole', value: 'owner-17' }))).toMatch(
      expected,
    );
    expect(refusal(await put(`/Users/${id}`, user('ann', { acmeRole: 'owner-17' })))).toMatch(expected);

    const cleared = await patch(`/Users/${id}`, { op: 'remove', path: 'acmeRole' });
    expect([cleared.status, cleared.json.acmeRole]).toEqual([200, undefined]);
    expect((await put(`/Users/${id}`, user('ann'))).json.acmeRole).toBe('member');
  });

  test('that are immutable can be set once', async () => {
    const { json } = await post('/Users', user('imm', { acmeSeat: 4 }));
    const path = `/Users/${json.id}`;
    expect(refusal(await patch(path, { op: 'replace', path: 'acmeSeat', value: 5 }))).toMatch(/^400 mutability/);
    expect(refusal(await put(path, user('imm', { acmeSeat: 5 })))).toMatch(/^400 mutability/);
    expect((await put(path, user('imm', { nickName: 'I' }))).json).toMatchObject({ acmeSeat: 4, nickName: 'I' });
    const later = await post('/Users', user('imm2'));
    expect((await patch(`/Users/${later.json.id}`, { op: 'add', path: 'acmeSeat', value: 9 })).json.acmeSeat).toBe(9);
  });

  test('that are unique stay so under twenty parallel requests, can be looked up, and free a value that changes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => post('/Users', user(`u${i}`, { [BADGE]: { number: 'N-1' } }))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    const holder = answers.find(({ status }) => status === 201)?.json;
    expect(await find('/Users', `${BADGE}:number eq "n-1"`)).toEqual([holder.id]);
    // Uniqueness is per resource type.
    expect((await post('/Groups', group('Badges', { [BADGE]: { number: 'N-1' } }))).status).toBe(201);
    await patch(`/Users/${holder.id}`, { op: 'replace', path: `${BADGE}:number`, value: 'N-2' });
    expect((await post('/Users', user('next', { [BADGE]: { number: 'n-1' } }))).status).toBe(201);
    const login = await post('/Users', user('l1', { acmeLogin: 'L' }));
    expect((await post('/Users', user('l2', { acmeLogin: 'l' }))).status).toBe(201);
    expect(refusal(await post('/Users', user('l3', { acmeLogin: 'L' })))).toBe(
      `409 uniqueness: acmeLogin "L" is taken by an existing user (id ${login.json.id})`,
    );
  });

  test('of a custom extension: sub-attributes, value paths, attributes never returned, events', async () => {
    const doors = [
      { value: 'north', floor: 1 },
      { value: 'south', floor: 2 },
    ];
    const made = await post('/Users', user('ext', { [BADGE]: { number: 'X', doors, pin: 'secret pin' } }));
    expect(made.json[BADGE]).toEqual({ number: 'X', doors });
    expect(made.json.schemas).toContain(BADGE);
    const { id } = made.json;
    expect(await find('/Users', `${BADGE}:doors[value eq "south" and floor gt 1]`)).toEqual([id]);
    expect(await find('/Users', `${BADGE}:doors[value eq "south" and floor lt 2]`)).toEqual([]);
    expect(await find('/Users', `${BADGE}:pin eq "secret pin"`)).toBe('400 invalidFilter');
    const raised = await patch(`/Users/${id}`, {
      op: 'replace',
      path: `${BADGE}:doors[value eq "north"].floor`,
      value: 7,
    });
    expect(raised.json[BADGE].doors[0]).toEqual({ value: 'north', floor: 7 });
    expect(
      refusal(await patch(`/Users/${id}`, { op: 'add', path: `${BADGE}:doors`, value: [{ floor: 'high' }] })),
    ).toMatch(/^400 invalidValue: .*floor must be an integer/);
    await patch(`/Users/${id}`, { op: 'replace', path: 'acmeRole', value: 'guest' });
    await patch(`/Users/${id}`, { op: 'remove', path: BADGE });
    const after = await get(`/Users/${id}`);
    expect([after.json[BADGE], after.json.schemas.includes(BADGE)]).toEqual([undefined, false]);
    expect((await get(`/Users/${id}?attributes=acmeRole`)).json).toEqual({
      schemas: after.json.schemas,
      id,
      acmeRole: 'guest',
    });
    const changes = () =>
      events()
        .filter(({ detail }) => detail.type === 'user.updated' && detail.user.id === id)
        .map(({ detail }) => detail.changes.map(({ path }: { path: string }) => path));
    await expect.poll(changes).toEqual([[`${BADGE}:doors`], ['acmeRole'], [`${BADGE}:number`, `${BADGE}:doors`]]);
    expect(JSON.stringify(events())).not.toContain('secret pin');
  });
});

describe('a custom resource type', () => {
  const { get, post, put, patch, remove, find } = inDirectory('tests');
  const resource = (identifier: string, more: object = {}, extension: object = { extRequired: 'r' }) => ({
    schemas: [TEST, TEST_EXTENSION],
    identifier,
    ...more,
    [TEST_EXTENSION]: extension,
  });

  test('appears in discovery', async () => {
    const { json } = await get('/ResourceTypes/TestResource');
    expect(json).toMatchObject({
      name: 'TestResource',
      endpoint: '/TestResources',
      schema: TEST,
      schemaExtensions: [{ schema: TEST_EXTENSION, required: true }],
    });
    const schema = (await get(`/Schemas/${TEST}`)).json;
    const names = (list: z.infer<typeof Attributes> | undefined) => list?.map(({ name }) => name);
    expect(names(schema.attributes)).toEqual(names(schemas[0]?.attributes));
    expect((await get('/ResourceTypes')).json.totalResults).toBe(3);
    expect((await ask('GET', '/TestResources', { directory: 'acme' })).status).toBe(404);
  });

  test('is created, read, listed, filtered, replaced, patched and deleted, with its events', async () => {
    const full = {
      caseExactString: 'Case',
      integerAttr: 3,
      booleanAttr: false,
      dateTimeAttr: '2026-11-21T10:00:00Z',
      binaryAttr: 'aGk=',
      referenceAttr: 'https://example.com/x',
      multiStrings: ['a', 'b'],
      complexAttr: { sub1: 'one', sub2: 2, sub3: true },
      multiComplex: [{ value: 'v', type: 't', primary: true }],
    };
    const made = await post('/TestResources', resource('full', { ...full, externalId: 'e1' }));
    expect(made.status).toBe(201);
    const { id, meta } = made.json;
    expect(made.json).toMatchObject({
      ...full,
      identifier: 'full',
      externalId: 'e1',
      [TEST_EXTENSION]: { extRequired: 'r' },
    });
    expect(made.json.schemas).toEqual([TEST, TEST_EXTENSION]);
    expect(meta).toMatchObject({ resourceType: 'TestResource', version: 'W/"1"' });
    expect(made.headers.get('location')).toMatch(new RegExp(`/scim/v2/TestResources/${id}$`));
    expect((await get(`/TestResources/${id}`)).json).toEqual(made.json);
    expect((await get('/TestResources')).json.Resources.map((one: { id: string }) => one.id)).toContain(id);
    for (const filter of [
      'identifier eq "FULL"',
      'externalId eq "e1"',
      'caseExactString eq "Case"',
      'integerAttr ge 3 and booleanAttr eq false',
      'dateTimeAttr eq "2026-11-21T11:00:00+01:00"',
      'multiStrings eq "B"',
      'complexAttr.sub1 sw "on"',
      'multiComplex[type eq "t" and primary eq true]',
      `${TEST_EXTENSION}:extRequired eq "R"`,
      `${TEST}:complexAttr.sub2 eq 2`,
    ])
      expect(await find('/TestResources', filter), filter).toEqual([id]);
    expect(await find('/TestResources', 'caseExactString eq "case"')).toEqual([]);
    const search = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: `${TEST_EXTENSION}:extRequired pr and identifier eq "full"`,
      sortBy: 'integerAttr',
      attributes: ['requestOnlyAttr', 'complexAttr.sub2'],
    };
    const { status, json } = await post('/TestResources/.search', search);
    expect([status, json.Resources]).toEqual([200, [{ schemas: made.json.schemas, id, complexAttr: { sub2: 2 } }]]);
    expect(await find('/TestResources', 'booleanAttr gt true')).toBe('400 invalidFilter');

    const replaced = await put(`/TestResources/${id}`, resource('full', { integerAttr: 4 }));
    expect([replaced.status, replaced.json.integerAttr, replaced.json.multiStrings]).toEqual([200, 4, undefined]);
    const patched = await patch(
      `/TestResources/${id}`,
      { op: 'add', path: 'multiStrings', value: ['x', 'y'] },
      { op: 'replace', path: 'complexAttr.sub2', value: 9 },
      { op: 'add', path: `${TEST_EXTENSION}:extInteger`, value: 5 },
    );
    expect(patched.json).toMatchObject({
      multiStrings: ['x', 'y'],
      complexAttr: { sub2: 9 },
      [TEST_EXTENSION]: { extInteger: 5 },
    });
    expect((await remove(`/TestResources/${id}`)).status).toBe(204);
    expect((await get(`/TestResources/${id}`)).status).toBe(404);
    const types = () =>
      events().flatMap(({ detail }) =>
        detail.testresource?.id === id ? [[detail.type, detail.testresource.meta.resourceType]] : [],
      );
    await expect.poll(types).toEqual([
      ['testresource.created', 'TestResource'],
      ['testresource.updated', 'TestResource'],
      ['testresource.updated', 'TestResource'],
      ['testresource.deleted', 'TestResource'],
    ]);
  });

  test('enforces uniqueness, required attributes and its required extension', async () => {
    const first = await post('/TestResources', resource('u1', { uniqueString: 'One' }));
    expect(first.status).toBe(201);
    expect(refusal(await post('/TestResources', resource('u2', { uniqueString: 'oNE' })))).toMatch(/^409 uniqueness/);
    expect(refusal(await post('/TestResources', resource('U1')))).toMatch(/^409 uniqueness: identifier/);
    const second = await post('/TestResources', resource('u2', { uniqueString: 'Two' }));
    const conflict = await patch(`/TestResources/${second.json.id}`, {
      op: 'replace',
      path: 'uniqueString',
      value: 'ONE',
    });
    expect(refusal(conflict)).toMatch(/^409 uniqueness/);

    expect(refusal(await post('/TestResources', { schemas: [TEST], identifier: 'x' }))).toBe(
      `400 invalidValue: ${TEST_EXTENSION}:extRequired is required: provide a value.`,
    );
    expect(refusal(await post('/TestResources', resource('x', {}, { extString: 's' })))).toMatch(
      /extRequired is required/,
    );
    expect(refusal(await post('/TestResources', { ...resource('x'), identifier: undefined }))).toMatch(
      /identifier is required/,
    );
    const path = `/TestResources/${first.json.id}`;
    expect(refusal(await put(path, { schemas: [TEST], identifier: 'u1' }))).toMatch(/^400 invalidValue/);
    for (const lost of [TEST_EXTENSION, `${TEST_EXTENSION}:extRequired`, 'identifier'])
      expect(refusal(await patch(path, { op: 'remove', path: lost })), lost).toMatch(/^400 mutability/);
    expect((await get(path)).json[TEST_EXTENSION]).toEqual({ extRequired: 'r' });
  });

  test('honors mutability and returned', async () => {
    const made = await post(
      '/TestResources',
      resource('m1', {
        readOnlyAttr: 'mine',
        immutableAttr: 'fixed',
        writeOnlyAttr: 'hidden',
        requestOnlyAttr: 'asked',
        alwaysReturnedAttr: 'a',
      }),
    );
    // The response to a write contains attributes that are returned by request (RFC 7643 section 7).
    expect(made.json).toMatchObject({ immutableAttr: 'fixed', requestOnlyAttr: 'asked', alwaysReturnedAttr: 'a' });
    const { id } = made.json;
    const path = `/TestResources/${id}`;
    const { json: read, text } = await get(path);
    expect([read.readOnlyAttr, read.requestOnlyAttr, read.writeOnlyAttr]).toEqual([undefined, undefined, undefined]);
    expect(text).not.toContain('hidden');
    const named = (await get(`${path}?attributes=requestOnlyAttr,writeOnlyAttr`)).json;
    expect(named).toEqual({ schemas: read.schemas, id, requestOnlyAttr: 'asked', alwaysReturnedAttr: 'a' });
    expect((await get(`${path}?excludedAttributes=alwaysReturnedAttr,identifier`)).json).toMatchObject({
      alwaysReturnedAttr: 'a',
      immutableAttr: 'fixed',
    });

    expect(refusal(await patch(path, { op: 'replace', path: 'readOnlyAttr', value: 'x' }))).toMatch(/^400 mutability/);
    expect(refusal(await patch(path, { op: 'replace', path: 'immutableAttr', value: 'x' }))).toMatch(/^400 mutability/);
    expect(refusal(await patch(path, { op: 'remove', path: 'immutableAttr' }))).toMatch(/^400 mutability/);
    expect(refusal(await put(path, resource('m1', { immutableAttr: 'x' })))).toMatch(/^400 mutability/);
    expect((await put(path, resource('m1', { immutableAttr: 'fixed', readOnlyAttr: 'x' }))).status).toBe(200);
    const written = await patch(path, { op: 'replace', path: 'requestOnlyAttr', value: 'again' });
    expect(written.json.requestOnlyAttr).toBe('again');
    const other = await patch(path, { op: 'replace', path: 'integerAttr', value: 1 });
    expect([other.json.integerAttr, other.json.requestOnlyAttr]).toEqual([1, undefined]);
    const secret = await patch(path, { op: 'replace', path: 'writeOnlyAttr', value: 'hidden-2' });
    expect([secret.status, secret.text.includes('hidden')]).toEqual([200, false]);
    expect(JSON.stringify(events())).not.toContain('hidden');
  });
});

describe('required attributes and value rules', () => {
  const { get, post, put, patch } = inDirectory('strict');
  const person = (userName: string, email: string, more: object = {}) =>
    user(userName, {
      name: { familyName: 'B' },
      emails: [{ value: email, type: 'work' }],
      [ENTERPRISE]: { department: 'D' },
      ...more,
    });

  test('appear as required in discovery', async () => {
    const { attributes } = (await get(`/Schemas/${USER}`)).json;
    const named = (name: string) => attributes.find((one: { name: string }) => one.name === name);
    expect(named('emails')).toMatchObject({ required: true });
    expect(named('name').subAttributes).toContainEqual(expect.objectContaining({ name: 'familyName', required: true }));
    expect((await get('/ResourceTypes/User')).json.schemaExtensions).toEqual([{ schema: ENTERPRISE, required: true }]);
  });

  test('a required attribute must be in POST and PUT, and PATCH cannot remove it', async () => {
    const bare: [object, string][] = [
      [{ emails: undefined }, 'emails is required: provide a value.'],
      [{ emails: [] }, 'emails is required: provide a value.'],
      [{ emails: [{ type: 'work' }] }, 'emails is required: provide a value.'],
      [{ name: undefined }, 'name is required: provide a value.'],
      [{ name: { givenName: 'G' } }, 'name.familyName is required: provide a value.'],
      [{ [ENTERPRISE]: undefined }, `${ENTERPRISE}:department is required: provide a value.`],
    ];
    for (const [more, expected] of bare)
      expect(refusal(await post('/Users', person('x', 'x@acme.example', more)))).toBe(`400 invalidValue: ${expected}`);
    const { json } = await post('/Users', person('req', 'req@acme.example', { nickName: 'N' }));
    const path = `/Users/${json.id}`;
    for (const lost of [
      'emails',
      'emails[type eq "work"]',
      'name.familyName',
      'name',
      `${ENTERPRISE}:department`,
      ENTERPRISE,
    ])
      expect(refusal(await patch(path, { op: 'remove', path: lost })), lost).toMatch(/^400 mutability/);
    const swapped = await patch(
      path,
      { op: 'add', path: 'emails', value: [{ value: 'new@acme.example', type: 'home' }] },
      { op: 'remove', path: 'emails[type eq "work"]' },
    );
    expect(swapped.json.emails).toEqual([{ value: 'new@acme.example', type: 'home' }]);
    expect(refusal(await put(path, user('req')))).toMatch(/^400 invalidValue/);
    expect((await get(path)).json).toMatchObject({ nickName: 'N' });
  });

  test('a converted value is stored, returned and matched by filters; a refusal names the rule, never the value', async () => {
    const made = await post('/Users', person('conv', ' Conv.Iction@ACME.example '));
    expect(made.json.emails).toEqual([{ value: 'conv.iction@acme.example', type: 'work' }]);
    const path = `/Users/${made.json.id}`;
    const added = await patch(path, {
      op: 'add',
      path: 'emails',
      value: [{ value: 'CONV.iction@acme.example', type: 'work' }],
    });
    expect([added.status, added.json.emails, added.json.meta.version]).toEqual([200, made.json.emails, 'W/"1"']);
    const set = await patch(path, { op: 'replace', path: 'emails[type eq "work"].value', value: 'Other@Acme.Test' });
    expect(set.json.emails[0].value).toBe('other@acme.test');
    const missed = await patch(path, {
      op: 'add',
      path: 'emails[type eq "home" and value eq "HOME@acme.test"].display',
      value: 'H',
    });
    expect(missed.json.emails[1]).toEqual({ type: 'home', value: 'home@acme.test', display: 'H', primary: true });
    expect((await put(path, person('conv', 'PUT@acme.test'))).json.emails[0].value).toBe('put@acme.test');

    const refused: [object, string][] = [
      [
        person('conv2', 'conv@elsewhere.example'),
        'emails.value must be an e-mail address in the domain acme.example or ACME.test (rule domain of this directory)',
      ],
      [person('conv2', 'acme.example'), '(rule domain of this directory)'],
      [person('Conv2', 'c@acme.example'), 'userName must be in lower case (rule lowercase of this directory)'],
      [person('conv2', 'c@acme.example', { title: 'x'.repeat(11) }), 'title must have at most 10 characters'],
      [
        person('conv2', 'c@acme.example', { [ENTERPRISE]: { department: 'D', costCenter: '17' } }),
        'costCenter must begin with CC-',
      ],
    ];
    for (const [body, expected] of refused) {
      const answer = await post('/Users', body);
      expect(refusal(answer)).toMatch(/^400 invalidValue/);
      expect(answer.json.detail).toContain(expected);
      expect(answer.text).not.toContain('elsewhere');
    }
    expect((await post('/Users', person('fine', 'c@acme.example', { title: '😀'.repeat(10) }))).status).toBe(201);
    expect(refusal(await patch(path, { op: 'replace', path: 'userName', value: 'UPPER' }))).toMatch(
      /^400 invalidValue/,
    );
  });
});

describe.each(['everyone', 'twins'])('the default group of %s', (directory) => {
  const { get, post, put, patch, remove, find } = inDirectory(directory);
  const everyoneIds = () => find('/Groups', 'displayName eq "everyone"');

  test('is created once by twenty parallel POSTs, and contains all twenty users, each with one event', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => post('/Users', user(`p${i}`))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = await everyoneIds();
    expect(ids).toHaveLength(1);
    const [id = ''] = ids;
    for (const { json } of answers)
      expect(json.groups).toEqual([expect.objectContaining({ value: id, display: 'Everyone' })]);
    const { json } = await get(`/Groups/${id}`);
    expect(json.members.map(({ value }: { value: string }) => value).sort()).toEqual(
      answers.map((answer) => answer.json.id).sort(),
    );
    expect(json.members[0].type).toBe('User');
    expect(json.meta.version).toBe('W/"21"');
    const joined = () =>
      events()
        .filter(({ detail }) => detail.type === 'group.member_added' && detail.group.id === id)
        .map(({ detail }) => detail.user.id);
    await expect.poll(() => joined().length).toBe(20);
    expect(joined().sort()).toEqual(answers.map((answer) => answer.json.id).sort());
    const [made] = events().filter(({ detail }) => detail.type === 'group.created' && detail.group.id === id);
    expect(made.detail.actor.kind).toBe('system');
  });

  test('does not add a user again after the client removed it', async () => {
    const [id = ''] = await everyoneIds();
    const { json: ann } = await post('/Users', user('ann'));
    await patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${ann.id}"]` });
    await patch(`/Users/${ann.id}`, { op: 'replace', path: 'title', value: 'T' });
    await put(`/Users/${ann.id}`, user('ann'));
    await post('/Users', user('another'));
    expect((await get(`/Users/${ann.id}`)).json.groups).toBeUndefined();
    expect(await find('/Users', `groups.value eq "${id}"`)).not.toContain(ann.id);
  });

  test('is created again after it was renamed or deleted', async () => {
    const [first = ''] = await everyoneIds();
    await patch(`/Groups/${first}`, { op: 'replace', path: 'displayName', value: 'All' });
    const { json: bea } = await post('/Users', user('bea'));
    const [second = ''] = await everyoneIds();
    expect(second).not.toBe(first);
    expect(bea.groups).toEqual([expect.objectContaining({ value: second, display: 'Everyone' })]);
    expect((await get(`/Users/${bea.id}`)).json.groups).toHaveLength(1);
    expect((await remove(`/Groups/${second}`)).status).toBe(204);
    const { json: cem } = await post('/Users', user('cem'));
    const [third = ''] = await everyoneIds();
    expect([third !== second, cem.groups[0].value]).toEqual([true, third]);
    expect((await get(`/Users/${cem.id}`)).json.groups).toEqual(cem.groups);
    expect((await get(`/Users/${bea.id}`)).json.groups).toBeUndefined();
  });
});
