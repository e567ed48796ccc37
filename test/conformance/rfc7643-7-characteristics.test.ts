/** RFC 7643 sections 6 and 7 and RFC 7644 section 3.5.1: characteristics that no core attribute has, in custom schemas. */
import { describe, expect, test } from 'vitest';
import { operations, USER, useLocalRun } from '../support/local-run.ts';

const BADGE = 'urn:example:scim:1.0:Badge';
const NAME = 'urn:example:scim:1.0:Name';
const string = (name: string, more: object = {}) => ({ name, type: 'string', ...more });
const { ask } = useLocalRun({
  directories: [
    {
      id: 'acme',
      mode: 'rfc',
      schemas: [
        {
          id: BADGE,
          name: 'Badge',
          attributes: [
            string('number', { required: true }),
            string('color', { mutability: 'immutable' }),
            string('note', { returned: 'request' }),
            string('kind', { returned: 'always' }),
            { name: 'floor', type: 'integer' },
          ],
        },
        { id: NAME, name: 'Name', attributes: [string('alias')] },
      ],
      schemaExtensions: [
        { resourceType: 'User', schema: BADGE, required: true },
        { resourceType: 'User', schema: NAME, required: false },
      ],
    },
  ],
});
let count = 0;
const body = (badge: object | undefined, more: object = {}) => ({
  schemas: [USER, BADGE],
  userName: `badge ${++count}`,
  ...(badge === undefined ? {} : { [BADGE]: badge }),
  ...more,
});
const post = (badge: object | undefined) => ask('POST', '/Users', { body: body(badge) });
const scimTypeOf = ({ status, json }: { status: number; json: { scimType?: string } }) => [status, json.scimType];

describe('s6 a required extension', () => {
  test('s6 must be in every resource, with its required attributes', async () => {
    for (const badge of [undefined, {}, { color: 'red' }, { number: null }])
      expect(scimTypeOf(await post(badge))).toEqual([400, 'invalidValue']);
    const { status, json } = await post({ number: '7' });
    expect([status, json.schemas, json[BADGE]]).toEqual([201, [USER, BADGE], { number: '7' }]);
    const patched = await ask('PATCH', `/Users/${json.id}`, {
      body: operations({ op: 'remove', path: `${BADGE}:number` }),
    });
    expect(scimTypeOf(patched)).toEqual([400, 'mutability']);
    expect(scimTypeOf(await ask('PUT', `/Users/${json.id}`, { body: body(undefined) }))).toEqual([400, 'invalidValue']);
  });
  test('s6 is marked as required in /ResourceTypes, next to one that may be omitted', async () => {
    const { json } = await ask('GET', '/ResourceTypes/User');
    expect(json.schemaExtensions).toContainEqual({ schema: BADGE, required: true });
    expect(json.schemaExtensions).toContainEqual({ schema: NAME, required: false });
    for (const urn of [BADGE, NAME]) expect((await ask('GET', `/Schemas/${urn}`)).json.id).toBe(urn);
  });
});

describe('s7 an immutable attribute', () => {
  const put = async (before: object, after: object) => {
    const { json } = await post(before);
    return ask('PUT', `/Users/${json.id}`, { body: body(after) });
  };
  test('s3.5.1 a PUT of another value is 400 mutability, of the same value 200', async () => {
    expect(scimTypeOf(await put({ number: '7', color: 'red' }, { number: '7', color: 'blue' }))).toEqual([
      400,
      'mutability',
    ]);
    expect((await put({ number: '7', color: 'red' }, { number: '8', color: 'red' })).status).toBe(200);
  });
  test('s3.5.1 a PUT gives it a value if it has none', async () => {
    const { status, json } = await put({ number: '7' }, { number: '7', color: 'blue' });
    expect([status, json[BADGE].color]).toEqual([200, 'blue']);
  });
  test('s3.5.2 a PATCH adds it if it has no value, and cannot change it afterwards', async () => {
    const { json } = await post({ number: '7' });
    const patch = (op: string, value?: string) =>
      ask('PATCH', `/Users/${json.id}`, { body: operations({ op, path: `${BADGE}:color`, value }) });
    expect((await patch('add', 'red')).json[BADGE].color).toBe('red');
    for (const answer of [await patch('add', 'blue'), await patch('replace', 'blue'), await patch('remove')])
      expect(scimTypeOf(answer)).toEqual([400, 'mutability']);
    expect((await patch('add', 'red')).status).toBe(200);
  });
});

test('s7 returned: request only if requested, or in the response to the write; always even if excluded', async () => {
  const created = await post({ number: '7', note: 'n', kind: 'k' });
  expect(created.json[BADGE]).toEqual({ number: '7', note: 'n', kind: 'k' });
  const path = `/Users/${created.json.id}`;
  expect((await ask('GET', path)).json[BADGE]).toEqual({ number: '7', kind: 'k' });
  expect((await ask('GET', `${path}?attributes=${BADGE}:note`)).json[BADGE]).toEqual({ note: 'n', kind: 'k' });
  expect((await ask('GET', `${path}?excludedAttributes=${BADGE}:kind,${BADGE}:number`)).json[BADGE]).toEqual({
    kind: 'k',
  });
});

test('s2.3.4 an integer of an extension has no fraction and is compared by value', async () => {
  expect(scimTypeOf(await post({ number: '7', floor: 1.5 }))).toEqual([400, 'invalidValue']);
  const { json } = await post({ number: '9', floor: 12 });
  const found = await ask('GET', `/Users?filter=${encodeURIComponent(`${BADGE}:floor gt 9`)}`);
  expect(found.json.Resources.map(({ id }: { id: string }) => id)).toEqual([json.id]);
});
