/** RFC 7644 sections 3.3 (create), 3.4.1 (read), 3.5.1 (replace) and 3.6 (delete). */
import { describe, expect, test } from 'vitest';
import { ENTERPRISE, group, operations, USER, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc } = useBothModes();
const post = (userName: string, more: object = {}) => rfc('POST', '/Users', { body: user(userName, more) });
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

describe('create', () => {
  test('s3.3 201 with Location, the same meta.location, and the representation', async () => {
    const { status, headers, json } = await post('created', { title: 'x' });
    expect([status, json]).toMatchObject([201, { userName: 'created', title: 'x', meta: { resourceType: 'User' } }]);
    expect(json.meta.location).toBe(headers.get('location'));
    expect((await rfc('GET', `/Users/${json.id}`)).json).toEqual(json);
  });
  test('s3.3 readOnly attributes in the body are ignored', async () => {
    const { status, json } = await post('read only', {
      id: 'mine',
      groups: [{ value: 'x' }],
      meta: { created: '2001-01-01T00:00:00Z' },
      [ENTERPRISE]: { manager: { value: 'm', displayName: 'ignored' } },
    });
    expect(status).toBe(201);
    expect(json.id).not.toBe('mine');
    expect(json).not.toHaveProperty('groups');
    expect(json.meta.created).not.toContain('2001');
    expect(json[ENTERPRISE].manager).toEqual({ value: 'm' });
  });
  test('s3.3 an omitted attribute may get a default: a user is active', async () => {
    expect((await post('default')).json.active).toBe(true);
    expect((await post('no default', { active: false })).json.active).toBe(false);
  });
  test('s3.3 a conflict is 409 uniqueness, and nothing is created', async () => {
    await post('conflict');
    const { status, json } = await post('conflict', { title: 'second' });
    expect([status, json]).toMatchObject([409, { schemas: [ERROR], status: '409', scimType: 'uniqueness' }]);
    const found = await rfc('GET', `/Users?filter=${encodeURIComponent('userName eq "conflict"')}`);
    expect(found.json.totalResults).toBe(1);
    expect(found.json.Resources[0]).not.toHaveProperty('title');
  });
  test.each([
    ['/Users', user('typed'), 'User'],
    ['/Groups', group('typed'), 'Group'],
  ])(
    's3.3.1 POST %s: meta.resourceType is that of the endpoint, whatever the client sends',
    async (path, body, type) => {
      const { json } = await rfc('POST', path, { body: { ...body, meta: { resourceType: 'Other' } } });
      expect(json.meta.resourceType).toBe(type);
    },
  );
});

test('s3.4.1 an existing resource is 200 with its representation, an unknown one 404', async () => {
  const { json } = await post('known');
  expect(await rfc('GET', `/Users/${json.id}`)).toMatchObject({ status: 200, json });
  expect(await rfc('GET', '/Users/unknown')).toMatchObject({ status: 404, json: { schemas: [ERROR], status: '404' } });
  expect((await rfc('GET', `/Groups/${json.id}`)).status).toBe(404);
});

describe('replace', () => {
  const filled = () =>
    post('replaced', {
      schemas: [USER, ENTERPRISE],
      title: 'x',
      name: { givenName: 'A' },
      [ENTERPRISE]: { division: 'd' },
    });
  test('s3.5.1 values replace the previous ones; omitted attributes are cleared', async () => {
    const { json } = await filled();
    const put = await rfc('PUT', `/Users/${json.id}`, {
      body: user('replaced', { nickName: 'y', name: { familyName: 'B' } }),
    });
    expect([put.status, put.json]).toMatchObject([200, { id: json.id, nickName: 'y' }]);
    expect(put.json.name).toEqual({ familyName: 'B' });
    for (const name of ['title', ENTERPRISE]) expect(put.json).not.toHaveProperty([name]);
    expect(put.json.schemas).toEqual([USER]);
    expect((await rfc('GET', `/Users/${json.id}`)).json).toEqual(put.json);
    await rfc('DELETE', `/Users/${json.id}`);
  });
  test('s3.5.1 omitted active and members keep their value', async () => {
    const leaver = await post('leaver', { active: false });
    expect((await rfc('PUT', `/Users/${leaver.json.id}`, { body: user('leaver') })).json.active).toBe(false);
    const created = await rfc('POST', '/Groups', { body: group('Kept', { members: [{ value: leaver.json.id }] }) });
    const put = await rfc('PUT', `/Groups/${created.json.id}`, { body: group('Kept still') });
    expect(put.json.members).toEqual(created.json.members);
    const emptied = await rfc('PUT', `/Groups/${created.json.id}`, { body: group('Emptied', { members: [] }) });
    expect(emptied.json).not.toHaveProperty('members');
  });
  test('s3.5.1 readOnly values are ignored', async () => {
    const { json } = await post('ignored');
    const body = user('ignored', { id: 'x', groups: [{ value: 'x' }], meta: { created: '2001-01-01T00:00:00Z' } });
    const put = await rfc('PUT', `/Users/${json.id}`, { body });
    expect([put.status, put.json.id, put.json.meta.created]).toEqual([200, json.id, json.meta.created]);
    expect(put.json).not.toHaveProperty('groups');
  });
  test('s3.5.1 a required attribute must be present', async () => {
    const { json } = await post('required');
    const put = await rfc('PUT', `/Users/${json.id}`, { body: { schemas: [USER], title: 'x' } });
    expect([put.status, put.json.scimType]).toEqual([400, 'invalidValue']);
  });
  test('s3.5.1 PUT never creates: an unknown id is 404', async () => {
    const path = '/Users/2819c223-7f76-453a-919d-413861904646';
    expect((await rfc('PUT', path, { body: user('put') })).status).toBe(404);
    expect((await rfc('GET', path)).status).toBe(404);
    const found = await rfc('GET', `/Users?filter=${encodeURIComponent('userName eq "put"')}`);
    expect(found.json.totalResults).toBe(0);
  });
  test('s3.5.1 the name of another resource is 409 uniqueness', async () => {
    await post('first name');
    const { json } = await post('second name');
    const put = await rfc('PUT', `/Users/${json.id}`, { body: user('FIRST name') });
    expect([put.status, put.json.scimType]).toEqual([409, 'uniqueness']);
  });
});

describe('delete', () => {
  test('s3.6 204 without a body, then 404 to every operation', async () => {
    const { json } = await post('deleted');
    const path = `/Users/${json.id}`;
    const deletion = await rfc('DELETE', path);
    expect([deletion.status, deletion.text]).toEqual([204, '']);
    const answers = [
      await rfc('GET', path),
      await rfc('PUT', path, { body: user('deleted') }),
      await rfc('PATCH', path, { body: operations({ op: 'add', path: 'title', value: 'x' }) }),
      await rfc('DELETE', path),
    ];
    expect(answers.map(({ status, json }) => [status, json.status])).toEqual(Array(4).fill([404, '404']));
  });
  test('s3.6 a deleted resource is in no result, and a member of no group', async () => {
    const { json } = await post('forgotten', { externalId: 'forgotten' });
    const created = await rfc('POST', '/Groups', { body: group('Remaining', { members: [{ value: json.id }] }) });
    await rfc('DELETE', `/Users/${json.id}`);
    for (const expression of [
      `id eq "${json.id}"`,
      'userName eq "forgotten"',
      'externalId eq "forgotten"',
      'userName sw "forgot"',
    ])
      expect((await rfc('GET', `/Users?filter=${encodeURIComponent(expression)}`)).json.totalResults).toBe(0);
    expect((await rfc('GET', '/Users?count=200')).text).not.toContain(json.id);
    expect((await rfc('GET', `/Groups/${created.json.id}`)).json).not.toHaveProperty('members');
  });
  test('s3.6 a deleted resource causes no conflict', async () => {
    const { json } = await post('again');
    await rfc('DELETE', `/Users/${json.id}`);
    const second = await post('again');
    expect(second.status).toBe(201);
    expect(second.json.id).not.toBe(json.id);
  });
});
