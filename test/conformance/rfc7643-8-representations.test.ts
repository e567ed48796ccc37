/** Representations of RFC 7643 section 8: accepted as printed, returned equal except for the service provider's attributes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { isObject, type Json, type JsonObject } from '../../lib/scim/json/json.ts';
import { ENTERPRISE } from '../support/local-run.ts';
import { MODES, useBothModes } from './both-modes.ts';

const { ask } = useBothModes();
const fixture = <T>(name: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(new URL(`../fixtures/rfc7643/rfc7643-${name}.json`, import.meta.url), 'utf8')));
const Representation = z.record(z.string(), z.json());

const without = (object: JsonObject, ...names: string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const values = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Without id, meta, groups and the manager's displayName (readOnly), password (never returned) and active (defaulted). */
const clientsOwn = (resource: JsonObject): JsonObject => {
  const own = without(resource, 'id', 'meta', 'groups', 'password', 'active');
  const enterprise = own[ENTERPRISE];
  if (!isObject(enterprise) || !isObject(enterprise.manager)) return own;
  return { ...own, [ENTERPRISE]: { ...enterprise, manager: without(enterprise.manager, 'displayName') } };
};

describe.each(MODES)('mode %s', (directory) => {
  test.each(['8.1-user-minimal', '8.2-user-full', '8.3-user-enterprise'])('s%s', async (name) => {
    const sent = fixture(name, Representation);
    const created = await ask('POST', '/Users', { directory, body: sent });
    expect(created.status, created.text).toBe(201);
    expect(created.headers.get('x-rollcall-dialects')).toBeNull();
    const { json } = await ask('GET', `/Users/${created.json.id}`, { directory });
    // Locations are the service provider's; the example has relative ones.
    const root = String(json.meta.location).replace(/Users\/.*/, '');
    expect(clientsOwn(JSON.parse(JSON.stringify(json).replaceAll(root, '../')) as JsonObject)).toEqual(
      clientsOwn(sent),
    );
    expect(json.active).toBe(true);
    expect(json.id).not.toBe(sent.id);
    expect(json).not.toHaveProperty('password');
    expect(json).not.toHaveProperty('groups');
    expect(json.meta.location).not.toBe(isObject(sent.meta) && sent.meta.location);
    await ask('DELETE', `/Users/${created.json.id}`, { directory });
  });

  test("s8.4-group, its members created first: their $ref and type are the service provider's", async () => {
    const sent = fixture('8.4-group', Representation);
    const ids = await Promise.all(
      values(sent.members).map(async ({ display }): Promise<string> => {
        const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: display };
        return (await ask('POST', '/Users', { directory, body })).json.id;
      }),
    );
    const members = values(sent.members).map((member, i) => ({ ...member, value: ids[i] ?? '' }));
    const created = await ask('POST', '/Groups', { directory, body: { ...sent, members } });
    expect([created.status, created.headers.get('x-rollcall-dialects')]).toEqual([201, null]);
    const { json } = await ask('GET', `/Groups/${created.json.id}`, { directory });
    expect(without(json, 'id', 'meta', 'members')).toEqual(without(sent, 'id', 'meta', 'members'));
    const byValue = (a: JsonObject, b: JsonObject) => (String(a.value) < String(b.value) ? -1 : 1);
    expect(
      values(json.members)
        .map((member) => without(member, '$ref', 'type'))
        .sort(byValue),
    ).toEqual(members.map((member) => without(member, '$ref')).sort(byValue));
    for (const { $ref, value, type } of values(json.members))
      expect([type, String($ref)]).toEqual(['User', expect.stringMatching(new RegExp(`/scim/v2/Users/${value}$`))]);
  });
});

/** The path and type of each member of a value; elements of an array share one path. */
const shape = (value: Json, path = ''): string[] => {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => shape(one, `${path}[]`)))];
  if (!isObject(value)) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([name, one]) => shape(one, `${path}.${name}`));
};

test('s8.5-service-provider-config: the same members, plus pagination of RFC 9865', async () => {
  const expected = fixture('8.5-service-provider-config', Representation);
  const { json } = await ask('GET', '/ServiceProviderConfig', { directory: 'rfc' });
  // Optional in the example: Rollcall has no documentationUri, and its configuration has no modification time.
  const optional = /documentationUri|\.meta\.(created|lastModified|version)/;
  expect(shape(without(json, 'pagination')).sort()).toEqual(
    shape(expected)
      .filter((line) => !optional.test(line))
      .sort(),
  );
});

test('s8.6-resource-types: the enterprise extension is listed, but not required', async () => {
  const [user, group] = fixture('8.6-resource-types', z.array(Representation));
  const { json } = await ask('GET', '/ResourceTypes', { directory: 'rfc' });
  const [ours, others] = values(json.Resources).map((resource) => without(resource, 'meta'));
  expect(ours).toEqual({ ...user, schemaExtensions: [{ schema: ENTERPRISE, required: false }] });
  expect(others).toEqual({ ...group, schemaExtensions: [] });
});

type Characteristics = { readonly [name: string]: Json };
const Attribute = z.record(z.string(), z.json());
/** One line per characteristic: `emails.type canonicalValues ["work","home","other"]`. */
const lines = (attributes: readonly Characteristics[], prefix = ''): string[] =>
  attributes.flatMap((attribute) => {
    const path = `${prefix}${attribute.name}`;
    // caseExact means nothing for complex and boolean attributes, and the example is inconsistent about it.
    const ignored = attribute.type === 'complex' || attribute.type === 'boolean' ? ['caseExact'] : [];
    const own = without(attribute, 'name', 'description', 'subAttributes', ...ignored);
    const said = Object.entries(own).map(([name, value]) => `${path} ${name} ${JSON.stringify(value)}`);
    return [...said, ...lines(values(attribute.subAttributes), `${path}.`)];
  });

test.each([
  [
    'user',
    [
      'addresses.primary',
      'groups.$ref',
      'groups.value',
      'password',
      'photos.value',
      'profileUrl',
      'x509Certificates.value',
    ],
  ],
  ['group', ['displayName', 'members.$ref', 'members.display', 'members.value']],
  ['enterprise-user', ['manager.$ref', 'manager.value']],
])('s8.7.1-schema-%s: as printed, except for the corrected attributes', async (name, corrected) => {
  const printed = fixture(
    `8.7.1-schema-${name}`,
    z.strictObject({ id: z.string(), name: z.string(), attributes: z.array(Attribute) }),
  );
  const { json } = await ask('GET', `/Schemas/${printed.id}`, { directory: 'rfc' });
  const [theirs, ours] = [lines(printed.attributes), lines(json.attributes)];
  const different = [
    ...theirs.filter((line) => !ours.includes(line)),
    ...ours.filter((line) => !theirs.includes(line)),
  ];
  expect([...new Set(different.map((line) => line.split(' ')[0]))].sort()).toEqual(corrected);
});
