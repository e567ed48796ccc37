/** The representations of RFC 7643 section 8: taken as they are, and given back equal but for what is the service provider's. */
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

/** Without id, meta, groups (readOnly), password (never returned), and the readOnly name of the manager. */
const clientsOwn = (resource: JsonObject): JsonObject => {
  const own = without(resource, 'id', 'meta', 'groups', 'password', 'active');
  const enterprise = own[ENTERPRISE];
  if (!isObject(enterprise) || !isObject(enterprise.manager)) return own;
  return { ...own, [ENTERPRISE]: { ...enterprise, manager: without(enterprise.manager, 'displayName') } };
};

describe.each(MODES)('mode %s', (directory) => {
  test.each(['8.1-user-minimal', '8.2-user-full', '8.3-user-enterprise'])('s%s', async (name) => {
    const sent = fixture(name, Representation);
    const made = await ask('POST', '/Users', { directory, body: sent });
    expect(made.status, made.text).toBe(201);
    expect(made.headers.get('x-rollcall-dialects')).toBeNull();
    const { json } = await ask('GET', `/Users/${made.json.id}`, { directory });
    expect(clientsOwn(json)).toEqual(clientsOwn(sent));
    expect(json.active).toBe(true);
    expect(json.id).not.toBe(sent.id);
    expect(json).not.toHaveProperty('password');
    expect(json).not.toHaveProperty('groups');
    expect(json.meta.location).not.toBe(isObject(sent.meta) && sent.meta.location);
    await ask('DELETE', `/Users/${made.json.id}`, { directory });
  });

  test("s8.4-group, its members made first: their $ref and type are the service provider's", async () => {
    const sent = fixture('8.4-group', Representation);
    const ids = await Promise.all(
      values(sent.members).map(async ({ display }): Promise<string> => {
        const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: display };
        return (await ask('POST', '/Users', { directory, body })).json.id;
      }),
    );
    const members = values(sent.members).map((member, i) => ({ ...member, value: ids[i] ?? '' }));
    const made = await ask('POST', '/Groups', { directory, body: { ...sent, members } });
    expect([made.status, made.headers.get('x-rollcall-dialects')]).toEqual([201, null]);
    const { json } = await ask('GET', `/Groups/${made.json.id}`, { directory });
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

/** The path of each member of a value and what type of value it has; all elements of an array count as one. */
const shape = (value: Json, path = ''): string[] => {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => shape(one, `${path}[]`)))];
  if (!isObject(value)) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([name, one]) => shape(one, `${path}.${name}`));
};

test('s8.5-service-provider-config: the same members, and pagination of RFC 9865', async () => {
  const expected = fixture('8.5-service-provider-config', Representation);
  const { json } = await ask('GET', '/ServiceProviderConfig', { directory: 'rfc' });
  // Of the optional members of the example there is no documentation, and no time at which the configuration changed.
  const optional = /documentationUri|\.meta\.(created|lastModified|version)/;
  expect(shape(without(json, 'pagination')).sort()).toEqual(
    shape(expected)
      .filter((line) => !optional.test(line))
      .sort(),
  );
});

test('s8.6-resource-types: the enterprise extension is there, but not required', async () => {
  const [user, group] = fixture('8.6-resource-types', z.array(Representation));
  const { json } = await ask('GET', '/ResourceTypes', { directory: 'rfc' });
  const [ours, others] = values(json.Resources).map((resource) => without(resource, 'meta'));
  expect(ours).toEqual({ ...user, schemaExtensions: [{ schema: ENTERPRISE, required: false }] });
  expect(others).toEqual({ ...group, schemaExtensions: [] });
});

type Characteristics = { readonly [name: string]: Json };
const Attribute = z.record(z.string(), z.json());
/** Each characteristic as a line: `emails.type canonicalValues ["work","home","other"]`. */
const lines = (attributes: readonly Characteristics[], prefix = ''): string[] =>
  attributes.flatMap((attribute) => {
    const path = `${prefix}${attribute.name}`;
    // Of a complex or boolean attribute they say nothing, and the example has them or not as it goes.
    const silent = attribute.type === 'complex' || attribute.type === 'boolean' ? ['caseExact'] : [];
    const own = without(attribute, 'name', 'description', 'subAttributes', ...silent);
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
])('s8.7.1-schema-%s: as printed, but for the corrections', async (name, corrected) => {
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
