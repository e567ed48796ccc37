/** RFC 7644 section 3.5.2: PATCH in mode rfc. The vectors of `test/fixtures/vectors` cover more cases. */
import { describe, expect, test } from 'vitest';
import { ENTERPRISE, group, operations, USER, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc } = useBothModes();
let count = 0;
/** Creates a user with the attributes `more`, then patches it. */
const patched = async (more: object, ...list: object[]) => {
  const made = await rfc('POST', '/Users', { body: user(`patched ${++count}`, more) });
  expect(made.status, made.text).toBe(201);
  const path = `/Users/${made.json.id}`;
  const answer = await rfc('PATCH', path, { body: operations(...list) });
  return { ...answer, made: made.json, after: (await rfc('GET', path)).json, path };
};
const refused = async (status: number, scimType: string, more: object, ...list: object[]) => {
  const answer = await patched(more, ...list);
  expect([answer.status, answer.json.scimType, answer.json.status], answer.text).toEqual([
    status,
    scimType,
    String(status),
  ]);
  expect(answer.json.detail).toMatch(/\w+ \w+/);
  expect(answer.after).toEqual(answer.made);
};
const work = { type: 'work', value: 'w@example.com' };
const home = { type: 'home', value: 'h@example.com' };
const emails = [work, home];

describe('s3.5.2 the message', () => {
  test.each<[string, object]>([
    ['schemas absent', { Operations: [{ op: 'add', path: 'title', value: 'x' }] }],
    ['schemas of another message', { schemas: [USER], Operations: [{ op: 'add', path: 'title', value: 'x' }] }],
    ['Operations absent', { schemas: operations().schemas }],
    ['Operations empty', operations()],
    ['Operations not an array', { ...operations(), Operations: { op: 'add', path: 'title', value: 'x' } }],
    ['op absent', operations({ path: 'title', value: 'x' })],
    ['op unknown', operations({ op: 'move', path: 'title', value: 'x' })],
    ['op in another case', operations({ op: 'Add', path: 'title', value: 'x' })],
  ])('s3.5.2 %s is 400 invalidSyntax', async (name, body) => {
    const made = await rfc('POST', '/Users', { body: user(name) });
    const { status, json } = await rfc('PATCH', `/Users/${made.json.id}`, { body });
    expect([status, json.scimType]).toEqual([400, 'invalidSyntax']);
  });
});

test('s3.5.2 operations are applied in order, each to the result of the one before', async () => {
  const { after } = await patched(
    { title: 'a' },
    { op: 'remove', path: 'title' },
    { op: 'add', path: 'nickName', value: 'b' },
    { op: 'add', path: 'title', value: 'c' },
    { op: 'replace', path: 'nickName', value: 'd' },
  );
  expect(after).toMatchObject({ title: 'c', nickName: 'd' });
});

test('s3.5.2 all or nothing: a failed operation leaves the resource unchanged', async () => {
  await refused(
    400,
    'invalidPath',
    { title: 'a' },
    { op: 'replace', path: 'title', value: 'b' },
    { op: 'add', path: 'noSuch', value: 1 },
  );
  await refused(
    400,
    'noTarget',
    { emails },
    { op: 'remove', path: 'emails' },
    { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' },
  );
});

describe('s3.5.2 mutability and schema', () => {
  test.each<[string, object]>([
    ['id', { op: 'replace', path: 'id', value: 'x' }],
    ['meta', { op: 'replace', path: 'meta.created', value: '2001-01-01T00:00:00Z' }],
    ['groups', { op: 'remove', path: 'groups' }],
    ['schemas', { op: 'add', path: 'schemas', value: ['x'] }],
    ['a readOnly sub-attribute', { op: 'add', path: `${ENTERPRISE}:manager.displayName`, value: 'x' }],
  ])('s3.5.2 readOnly: %s is 400 mutability', async (_name, operation) => refused(400, 'mutability', {}, operation));

  test('s3.5.2 an immutable value may be added if there is none, but not changed: members', async () => {
    const one = await rfc('POST', '/Users', { body: user('immutable') });
    const made = await rfc('POST', '/Groups', { body: group('Immutable') });
    const path = `/Groups/${made.json.id}`;
    const added = await rfc('PATCH', path, {
      body: operations({ op: 'add', path: 'members', value: [{ value: one.json.id }] }),
    });
    expect(added.json.members).toHaveLength(1);
    const changed = await rfc('PATCH', path, {
      body: operations({ op: 'replace', path: `members[value eq "${one.json.id}"].value`, value: made.json.id }),
    });
    expect([changed.status, changed.json.scimType]).toEqual([400, 'mutability']);
  });

  test.each<[string, string, object]>([
    ['invalidPath', 'an unknown attribute', { op: 'add', path: 'noSuch', value: 'x' }],
    ['invalidPath', 'an unknown sub-attribute', { op: 'add', path: 'name.noSuch', value: 'x' }],
    ['invalidPath', 'an unknown URN', { op: 'add', path: 'urn:example:Other:x', value: 'x' }],
    ['invalidPath', 'a malformed path', { op: 'add', path: 'emails[type eq', value: 'x' }],
    ['invalidPath', 'a filter on a single value', { op: 'add', path: 'name[givenName eq "x"].familyName', value: 'x' }],
    ['invalidValue', 'a value of the wrong type', { op: 'replace', path: 'active', value: 'perhaps' }],
    ['invalidValue', 'no value', { op: 'add', path: 'title' }],
    ['invalidSyntax', 'an unknown attribute in a value', { op: 'add', value: { noSuch: 'x' } }],
  ])('s3.5.2 400 %s: %s', async (scimType, _name, operation) => refused(400, scimType, {}, operation));
});

test('s3.5.2 an attribute named by its URN adds the URN to schemas, and its removal removes it', async () => {
  const path = `${ENTERPRISE}:employeeNumber`;
  const { after, path: at } = await patched({}, { op: 'add', path, value: '7' });
  expect(after).toMatchObject({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { employeeNumber: '7' } });
  const removed = await rfc('PATCH', at, { body: operations({ op: 'remove', path }) });
  expect(removed.json.schemas).toEqual([USER]);
});

test('s3.5.2 a value that becomes primary clears primary on the others', async () => {
  const { after } = await patched(
    { emails: [{ ...work, primary: true }, home] },
    { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
    { op: 'add', path: 'emails', value: [{ type: 'other', value: 'o@example.com', primary: true }] },
  );
  const primaries = after.emails.filter(({ primary }: { primary?: boolean }) => primary);
  expect(primaries).toEqual([{ type: 'other', value: 'o@example.com', primary: true }]);
});

test('s3.5.2 an operation may set schemas to those of the type, which changes nothing by itself', async () => {
  const { status, after } = await patched(
    {},
    { op: 'add', path: 'schemas', value: [ENTERPRISE] },
    { op: 'replace', path: 'schemas', value: [USER, ENTERPRISE] },
    { op: 'add', path: 'title', value: 'x' },
  );
  expect([status, after.schemas, after.title]).toEqual([200, [USER], 'x']);
});
test.each<[string, object]>([
  ['a body', { userName: 'core', schemas: [USER], [USER]: { title: 'x' } }],
  ['the value of a PATCH without path', operations({ op: 'add', value: { [USER]: { title: 'x' } } })],
])('s3.10 core attributes in an object named by the URN of User are 400 invalidSyntax in %s', async (_where, body) => {
  const { path } = await patched({}, { op: 'add', path: 'nickName', value: 'x' });
  const { status, json } = await rfc('Operations' in body ? 'PATCH' : 'PUT', path, { body });
  expect([status, json.scimType]).toEqual([400, 'invalidSyntax']);
});

describe('s3.5.2 the answer', () => {
  test('s3.5.2 200 with the whole resource', async () => {
    const { status, json, after } = await patched({}, { op: 'add', path: 'title', value: 'x' });
    expect([status, json]).toEqual([200, after]);
  });
  test('s3.5.2 200 with the requested attributes', async () => {
    const { path } = await patched({ title: 'x' }, { op: 'add', path: 'title', value: 'x' });
    const { status, json } = await rfc('PATCH', `${path}?attributes=nickName`, {
      body: operations({ op: 'add', path: 'nickName', value: 'y' }),
    });
    expect([status, Object.keys(json).sort(), json.nickName]).toEqual([200, ['id', 'nickName', 'schemas'], 'y']);
  });
  test('s3.5.2 a group of more than a hundred members is 204 with its ETag, and 200 with attributes', async () => {
    const ids = await Promise.all(
      [...Array(101).keys()].map(async (i) => (await rfc('POST', '/Users', { body: user(`many ${i}`) })).json.id),
    );
    const made = await rfc('POST', '/Groups', { body: group('Many') });
    const members = ids.map((value) => ({ value }));
    const path = `/Groups/${made.json.id}`;
    const { status, text, headers } = await rfc('PATCH', path, {
      body: operations({ op: 'add', path: 'members', value: members }),
    });
    expect([status, text, headers.get('etag')]).toEqual([204, '', (await rfc('GET', path)).headers.get('etag')]);
    const projected = await rfc('PATCH', `${path}?attributes=members`, {
      body: operations({ op: 'add', path: 'members', value: members }),
    });
    expect([projected.status, projected.json.members.length]).toEqual([200, 101]);
  });
});

describe('s3.5.2.1 add', () => {
  test('s3.5.2.1 without a path the value names the attributes', async () => {
    const { after } = await patched(
      { emails: [work] },
      { op: 'add', value: { title: 'x', emails: [home], [ENTERPRISE]: { division: 'd' } } },
    );
    expect(after).toMatchObject({ title: 'x', emails, [ENTERPRISE]: { division: 'd' } });
  });
  test('s3.5.2.1 to a complex attribute: sets the named sub-attributes, keeps the others', async () => {
    const { after } = await patched(
      { name: { givenName: 'A', familyName: 'B' } },
      { op: 'add', path: 'name', value: { familyName: 'C' } },
    );
    expect(after.name).toEqual({ givenName: 'A', familyName: 'C' });
  });
  test('s3.5.2.1 appends to several values, replaces a single value, sets one that was unassigned', async () => {
    const { after } = await patched(
      { emails: [work], title: 'a' },
      { op: 'add', path: 'emails', value: [home] },
      { op: 'add', path: 'title', value: 'b' },
      { op: 'add', path: 'nickName', value: 'c' },
    );
    expect(after).toMatchObject({ emails, title: 'b', nickName: 'c' });
  });
  test('s3.5.2.1 an add of existing values changes neither the resource nor its modification time', async () => {
    const { status, after, made } = await patched(
      { emails, title: 'a' },
      { op: 'add', path: 'emails', value: [home] },
      { op: 'add', value: { title: 'a' } },
    );
    expect([status, after]).toEqual([200, made]);
  });
});

describe('s3.5.2.2 remove', () => {
  test('s3.5.2.2 remove without path is 400 noTarget', async () => refused(400, 'noTarget', {}, { op: 'remove' }));
  test('s3.5.2.2 a single value, all values or a whole extension becomes unassigned', async () => {
    const { after } = await patched(
      { title: 'a', emails, schemas: [USER, ENTERPRISE], [ENTERPRISE]: { division: 'd' } },
      { op: 'remove', path: 'title' },
      { op: 'remove', path: 'emails' },
      { op: 'remove', path: ENTERPRISE },
    );
    for (const name of ['title', 'emails', ENTERPRISE]) expect(after).not.toHaveProperty([name]);
  });
  test('s3.5.2.2 the values that a filter selects, and the attribute with the last of them', async () => {
    const { after, path } = await patched({ emails }, { op: 'remove', path: 'emails[type eq "work"]' });
    expect(after.emails).toEqual([home]);
    const last = await rfc('PATCH', path, {
      body: operations({ op: 'remove', path: 'emails[value ew "example.com"]' }),
    });
    expect(last.json).not.toHaveProperty('emails');
  });
  test('s3.5.2.2 a sub-attribute of the values that a filter selects', async () => {
    const { after } = await patched({ emails }, { op: 'remove', path: 'emails[type eq "work"].type' });
    expect(after.emails).toEqual([{ value: work.value }, home]);
  });
  test('s3.5.2.2 members that a filter selects by the $ref of a response', async () => {
    const [ann, bob] = await Promise.all(
      ['ref ann', 'ref bob'].map(async (name) => (await rfc('POST', '/Users', { body: user(name) })).json),
    );
    const members = [{ value: ann.id }, { value: bob.id }];
    const made = await rfc('POST', '/Groups', { body: group('By reference', { members }) });
    const path = `members[$ref eq "${ann.meta.location}"]`;
    const { json } = await rfc('PATCH', `/Groups/${made.json.id}`, { body: operations({ op: 'remove', path }) });
    expect(json.members).toMatchObject([{ value: bob.id }]);
  });
  test.each(['userName', 'id', 'meta', 'groups'])(
    's3.5.2.2 a required or readOnly attribute is 400 mutability: %s',
    async (path) => refused(400, 'mutability', {}, { op: 'remove', path }),
  );
});

describe('s3.5.2.3 replace', () => {
  test('s3.5.2.3 without a path the value names the attributes; all others stay', async () => {
    const { after } = await patched(
      { title: 'a', nickName: 'n', emails },
      { op: 'replace', value: { title: 'b', emails: [home] } },
    );
    expect(after).toMatchObject({ title: 'b', nickName: 'n', emails: [home] });
  });
  test('s3.5.2.3 without a path a value that is not an object is 400 invalidValue', async () =>
    refused(400, 'invalidValue', {}, { op: 'replace', value: 'x' }));
  test('s3.5.2.3 a single value, all values, and one that was unassigned', async () => {
    const { after } = await patched(
      { title: 'a', emails },
      { op: 'replace', path: 'title', value: 'b' },
      { op: 'replace', path: 'emails', value: [home] },
      { op: 'replace', path: 'nickName', value: 'c' },
    );
    expect(after).toMatchObject({ title: 'b', emails: [home], nickName: 'c' });
  });
  test('s3.5.2.3 of a complex attribute the named sub-attributes; the others stay', async () => {
    const { after } = await patched(
      { name: { givenName: 'A', familyName: 'B' } },
      { op: 'replace', path: 'name', value: { familyName: 'C' } },
    );
    expect(after.name).toEqual({ givenName: 'A', familyName: 'C' });
  });
  test('s3.5.2.3 all values that a filter selects', async () => {
    const other = { type: 'other', value: 'o@example.com' };
    const { after } = await patched({ emails }, { op: 'replace', path: 'emails[type eq "work"]', value: other });
    expect(after.emails).toEqual([other, home]);
  });
  test('s3.5.2.3 one sub-attribute of all values that a filter selects', async () => {
    const { after } = await patched(
      { emails },
      { op: 'replace', path: 'emails[value ew "example.com"].display', value: 'x' },
    );
    expect(after.emails).toEqual([
      { ...work, display: 'x' },
      { ...home, display: 'x' },
    ]);
  });
  test('s3.5.2.3 a filter without a match is 400 noTarget', async () => {
    await refused(400, 'noTarget', { emails }, { op: 'replace', path: 'emails[type eq "other"]', value: home });
    await refused(400, 'noTarget', { emails }, { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' });
    await refused(400, 'noTarget', {}, { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' });
  });
});
