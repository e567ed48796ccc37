/** Properties of every resource that is read, represented and read again. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mode } from '../../lib/scim/dialect.ts';
import {
  groupType,
  type JsonObject,
  type Loaded,
  type ResourceType,
  resourceTypes,
  toRepresentation,
  userType,
} from '../../lib/scim/index.ts';
import { createProjection } from '../../lib/scim/resource/projection.ts';
import { createLocate } from '../../lib/scim/resource/representation.ts';
import { readResourceBody } from '../../lib/scim/resource/resource-body.ts';
import { deepFrozen } from '../arbitraries/deep-frozen.ts';
import { holds } from '../arbitraries/property.ts';
import { resourceBodies, words } from '../arbitraries/resources.ts';

const types = [userType, groupType].map((type) => [type.name, type] as const);
const locate = createLocate('https://scim.example.com/scim/v2', resourceTypes);
const CREATED = '2026-01-01T00:00:00.000Z';

const read = (body: JsonObject, type: ResourceType, mode: Mode) =>
  readResourceBody(deepFrozen(body), { type, tolerate: () => mode === 'tolerant' });

const loadedFrom = (
  attributes: JsonObject,
  type: ResourceType,
  { members = [], groups = [] }: Memberships,
): Loaded => ({
  resource: {
    id: 'r1',
    attributes,
    version: 1,
    memberVersion: 0,
    created: CREATED,
    lastModified: CREATED,
    indexed: [],
  },
  ...(type.members === undefined ? { groups } : { members }),
});
type Memberships = Pick<Loaded, 'members' | 'groups'>;
const memberships: fc.Arbitrary<Memberships> = fc.record({
  members: fc.uniqueArray(
    fc.record({ id: fc.uuid(), type: fc.constantFrom('User', 'Group'), display: fc.option(words, { nil: undefined }) }),
    { selector: ({ id }) => id, maxLength: 4 },
  ),
  groups: fc.array(fc.record({ id: fc.uuid(), display: fc.option(words, { nil: undefined }) }), { maxLength: 4 }),
});

test.each(types)('a %s that is read, represented and read again is unchanged, in both modes', (_name, type) => {
  holds(
    fc.property(resourceBodies(type), memberships, (body, some) => {
      for (const mode of ['rfc', 'tolerant'] as const) {
        const loaded = deepFrozen(loadedFrom(read(body, type, mode).attributes, type, some));
        const again = read(toRepresentation(loaded, type, locate), type, mode);
        expect(again.attributes).toEqual(loaded.resource.attributes);
        expect(again.members ?? []).toEqual(loaded.members ?? []);
      }
    }),
    800,
  );
});

const namesOf = (type: ResourceType): readonly string[] => [
  ...['id', 'ID', 'schemas', 'meta', 'meta.version', 'externalId', 'noSuch', '', '__proto__', 'name.', 'urn:x:y'],
  ...type.schema.attributes.flatMap(({ name, subAttributes = [] }) => [
    name,
    name.toUpperCase(),
    ...subAttributes.map((sub) => `${name}.${sub.name}`),
  ]),
  ...type.extensions.flatMap(({ schema }) => [
    schema.id,
    ...schema.attributes.map(({ name }) => `${schema.id}:${name}`),
  ]),
];

test.each(types)('s3.9 projecting a %s twice equals projecting it once, and adds nothing', (_name, type) => {
  const names = fc.option(fc.array(fc.constantFrom(...namesOf(type)), { maxLength: 6 }), { nil: undefined });
  holds(
    fc.property(resourceBodies(type), memberships, fc.boolean(), names, (body, some, only, list) => {
      const shown = deepFrozen(
        toRepresentation(loadedFrom(read(body, type, 'rfc').attributes, type, some), type, locate),
      );
      const { project } = createProjection(
        { attributes: only ? list : undefined, excludedAttributes: only ? undefined : list },
        type,
        () => false,
      );
      const once = project(shown);
      expect(project(deepFrozen(once))).toEqual(once);
      expect(once).toMatchObject({ schemas: shown.schemas, id: shown.id });
      // A projection has names of the whole resource only, and members even if there are none.
      expect(Object.keys(once).filter((name) => name !== 'members' && !Object.hasOwn(shown, name))).toEqual([]);
    }),
    800,
  );
});
