/** RFC 7643 sections 5 to 7 and RFC 7644 section 4: discovery, and whether the service provider does what it says. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { ENTERPRISE, group, operations, USER, user } from '../support/local-run.ts';
import { useBothModes } from './both-modes.ts';

const { rfc } = useBothModes();
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

const supported = z.strictObject({ supported: z.boolean() });
const Configuration = z.strictObject({
  schemas: z.tuple([z.literal('urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig')]),
  patch: supported,
  bulk: supported.extend({ maxOperations: z.int(), maxPayloadSize: z.int() }),
  filter: supported.extend({ maxResults: z.int().positive() }),
  changePassword: supported,
  sort: supported,
  etag: supported,
  authenticationSchemes: z
    .array(
      z.strictObject({
        type: z.enum(['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest']),
        name: z.string().min(1),
        description: z.string().min(1),
        specUri: z.url(),
        primary: z.boolean(),
      }),
    )
    .min(1),
  // RFC 9865 section 4.
  pagination: z.strictObject({
    cursor: z.boolean(),
    index: z.boolean(),
    defaultPaginationMethod: z.enum(['cursor', 'index']).optional(),
    defaultPageSize: z.int().positive().optional(),
    maxPageSize: z.int().positive().optional(),
    cursorTimeout: z.int().positive().optional(),
  }),
  meta: z.strictObject({ resourceType: z.literal('ServiceProviderConfig'), location: z.url() }),
});

const characteristics = {
  name: z.string().min(1),
  type: z.enum(['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'complex', 'binary']),
  multiValued: z.boolean(),
  description: z.string().min(1),
  required: z.boolean(),
  canonicalValues: z.array(z.string()).optional(),
  caseExact: z.boolean().optional(),
  mutability: z.enum(['readOnly', 'readWrite', 'immutable', 'writeOnly']),
  returned: z.enum(['always', 'never', 'default', 'request']),
  uniqueness: z.enum(['none', 'server', 'global']),
  referenceTypes: z.array(z.string()).optional(),
};
const Schema = z.strictObject({
  schemas: z.tuple([z.literal('urn:ietf:params:scim:schemas:core:2.0:Schema')]),
  id: z.string().regex(/^urn:/),
  name: z.string().min(1),
  description: z.string().min(1),
  attributes: z
    .array(z.strictObject({ ...characteristics, subAttributes: z.array(z.strictObject(characteristics)).optional() }))
    .min(1),
  meta: z.strictObject({ resourceType: z.literal('Schema'), location: z.url() }),
});
const ResourceType = z.strictObject({
  schemas: z.tuple([z.literal('urn:ietf:params:scim:schemas:core:2.0:ResourceType')]),
  id: z.string(),
  name: z.string().min(1),
  description: z.string(),
  endpoint: z.string().startsWith('/'),
  schema: z.string(),
  schemaExtensions: z.array(z.strictObject({ schema: z.string(), required: z.boolean() })),
  meta: z.strictObject({ resourceType: z.literal('ResourceType'), location: z.url() }),
});
const listed = async (path: string) => {
  const { status, json } = await rfc('GET', path);
  expect([status, json.schemas, json.totalResults]).toEqual([200, [LIST], json.Resources.length]);
  return json.Resources as readonly { id: string; meta: { location: string } }[];
};

test('s5 the configuration has every required member, and nothing else', async () => {
  const { status, json } = await rfc('GET', '/ServiceProviderConfig');
  expect(status).toBe(200);
  expect(Configuration.safeParse(json).error?.issues).toBeUndefined();
});

test('s5 the configuration matches the behavior', async () => {
  const { json } = await rfc('GET', '/ServiceProviderConfig');
  const created = await rfc('POST', '/Users', { body: user('truth') });
  const path = `/Users/${created.json.id}`;
  const patched = await rfc('PATCH', path, { body: operations({ op: 'add', path: 'title', value: 'x' }) });
  expect(json.patch.supported).toBe(patched.status === 200);
  expect(json.etag.supported).toBe(patched.headers.has('etag'));
  expect(json.bulk.supported).toBe((await rfc('POST', '/Bulk', { body: {} })).status !== 501);
  const found = await rfc('GET', `/Users?filter=${encodeURIComponent('userName eq "truth"')}`);
  expect(json.filter.supported).toBe(found.json.totalResults === 1);
  expect(json.changePassword.supported).toBe(false);
  await Promise.all(
    [...Array(json.filter.maxResults + 5).keys()].map((i) => rfc('POST', '/Users', { body: user(`m${i}`) })),
  );
  const most = await rfc('GET', '/Users?count=100000');
  expect([most.json.itemsPerPage, json.pagination.maxPageSize]).toEqual([
    json.filter.maxResults,
    json.filter.maxResults,
  ]);
  expect((await rfc('GET', '/Users')).json.itemsPerPage).toBe(json.pagination.defaultPageSize);
});

test('s6 resource types: each is readable by name, its schemas are in /Schemas, its endpoint responds', async () => {
  const types = await listed('/ResourceTypes');
  const ids = (await listed('/Schemas')).map(({ id }) => id);
  expect(types.map(({ id }) => id)).toEqual(['User', 'Group']);
  for (const type of types) {
    const { schema, schemaExtensions, endpoint, id } = ResourceType.parse(type);
    for (const urn of [schema, ...schemaExtensions.map((extension) => extension.schema)]) expect(ids).toContain(urn);
    expect((await rfc('GET', endpoint)).status).toBe(200);
    expect((await rfc('GET', `/ResourceTypes/${id}`)).json).toEqual(type);
  }
  expect((await rfc('GET', '/ResourceTypes/Other')).status).toBe(404);
});

test('s6 an optional extension may be omitted', async () => {
  const { json } = await rfc('GET', '/ResourceTypes/User');
  expect(json.schemaExtensions).toEqual([{ schema: ENTERPRISE, required: false }]);
  expect((await rfc('POST', '/Users', { body: user('without extension') })).status).toBe(201);
});

test('s7 schemas: each by its URN, with every characteristic and without null members', async () => {
  const schemas = await listed('/Schemas');
  expect(schemas.map(({ id }) => id)).toEqual([USER, ENTERPRISE, 'urn:ietf:params:scim:schemas:core:2.0:Group']);
  for (const schema of schemas) {
    expect(Schema.safeParse(schema).error?.issues).toBeUndefined();
    expect((await rfc('GET', `/Schemas/${schema.id}`)).json).toEqual(schema);
  }
  expect((await rfc('GET', '/Schemas')).text).not.toContain('null');
  expect((await rfc('GET', '/Schemas/urn:example:Other')).status).toBe(404);
});

test('s7 references say what they refer to, and only complex attributes have sub-attributes', async () => {
  for (const schema of await listed('/Schemas'))
    for (const attribute of Schema.parse(schema).attributes) {
      for (const one of [attribute, ...(attribute.subAttributes ?? [])])
        expect((one.referenceTypes ?? []).length > 0, one.name).toBe(one.type === 'reference');
      expect(attribute.subAttributes !== undefined, attribute.name).toBe(attribute.type === 'complex');
    }
});

test('s7 caseExact rules filters, and values are kept as sent', async () => {
  const body = user('Case', { title: 'Lead', externalId: 'Ext', profileUrl: 'https://example.com/A' });
  expect((await rfc('POST', '/Users', { body })).json).toMatchObject(body);
  const count = async (expression: string) =>
    (await rfc('GET', `/Users?filter=${encodeURIComponent(expression)}`)).json.totalResults;
  expect(await count('title eq "LEAD"')).toBe(1);
  expect(await count('externalId eq "EXT"')).toBe(0);
  expect(await count('profileUrl eq "https://example.com/a"')).toBe(0);
  expect(await count('profileUrl eq "https://example.com/A"')).toBe(1);
});

test('s7 uniqueness server: no two resources of a directory share a value', async () => {
  const of = async (urn: string) => Schema.parse((await rfc('GET', `/Schemas/${urn}`)).json).attributes;
  const unique = [...(await of(USER)), ...(await of('urn:ietf:params:scim:schemas:core:2.0:Group'))]
    .filter(({ uniqueness }) => uniqueness !== 'none')
    .map(({ name }) => name);
  expect(unique).toEqual(['userName', 'displayName']);
  await rfc('POST', '/Groups', { body: group('Once') });
  const second = await rfc('POST', '/Groups', { body: group('ONCE') });
  expect([second.status, second.json.scimType]).toEqual([409, 'uniqueness']);
});

test.each(['/ServiceProviderConfig', '/Schemas', '/ResourceTypes'])(
  'rfc7644 s4 %s: a filter is 403, other parameters are ignored',
  async (path) => {
    const plain = await rfc('GET', path);
    const withParameters = await rfc('GET', `${path}?sortBy=id&startIndex=2&count=1&attributes=id`);
    expect([withParameters.status, withParameters.json]).toEqual([200, plain.json]);
    const refused = await rfc('GET', `${path}?filter=${encodeURIComponent('id eq "User"')}`);
    expect([refused.status, refused.json.status]).toEqual([403, '403']);
  },
);
