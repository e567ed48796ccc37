/** Checks of the discovery endpoints (RFC 7644 section 4, RFC 7643 sections 5 to 7). */
import { at, elementsOf } from '../../scim-client/json-value.ts';
import { GROUP, USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import type { CheckContext, CheckResponse } from '../check-context.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectStatus, expectValue, say } from '../expect.ts';

const CONFIG = '/ServiceProviderConfig';
const RFC_CONFIG = 'RFC 7643 section 5';

const ask200 = async ({ ask }: CheckContext, target: string): Promise<CheckResponse> => {
  const seen = await ask('GET', target);
  expectStatus(seen, 200);
  return seen;
};

const expectTypes = (seen: CheckResponse, type: 'boolean' | 'number', paths: readonly (readonly string[])[]): void => {
  for (const path of paths) {
    const there = at(seen.json, ...path);
    if (typeof there !== type)
      throw new CheckFailed(`${seen.asked}: ${path.join('.')} is ${say(there)}, in place of a ${type}`);
  }
};

/** @returns the path of the first null member */
const findNull = (value: unknown, path: string): string | undefined => {
  if (value === null) return path;
  if (typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = findNull(member, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

const attributesOf = (schemas: unknown, id: string): string[] => {
  const schema = elementsOf(at(schemas, 'Resources')).find((one) => at(one, 'id') === id);
  return elementsOf(at(schema, 'attributes')).map((attribute) => String(at(attribute, 'name')));
};

export const discovery: readonly Check[] = [
  {
    id: 'discovery.config',
    title: '/ServiceProviderConfig says what is supported',
    source: RFC_CONFIG,
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const seen = await ask200(scene, CONFIG);
      const features = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'];
      expectTypes(
        seen,
        'boolean',
        features.map((feature) => [feature, 'supported']),
      );
      return features.map((feature) => `${feature} ${at(seen.json, feature, 'supported')}`).join(', ');
    },
  },
  {
    id: 'discovery.limits',
    title: 'the limits of bulk and filter are given, also where bulk is not supported',
    source: RFC_CONFIG,
    grade: 'should',
    audience: ['rfc'],
    async run(scene) {
      const seen = await ask200(scene, CONFIG);
      expectTypes(seen, 'number', [
        ['bulk', 'maxOperations'],
        ['bulk', 'maxPayloadSize'],
        ['filter', 'maxResults'],
      ]);
      return `filter.maxResults ${at(seen.json, 'filter', 'maxResults')}`;
    },
  },
  {
    id: 'discovery.patch',
    title: 'PATCH and filters are supported',
    source: 'Entra ID, requirements; Okta, catalogue apps',
    grade: 'must',
    audience: ['entra', 'okta'],
    async run(scene) {
      const seen = await ask200(scene, CONFIG);
      expectValue(seen, ['patch', 'supported'], true);
      expectValue(seen, ['filter', 'supported'], true);
      return 'both';
    },
  },
  {
    id: 'discovery.resource-types',
    title: '/ResourceTypes has User and Group with their endpoints',
    source: 'RFC 7643 section 6',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const seen = await ask200(scene, '/ResourceTypes');
      const types = elementsOf(at(seen.json, 'Resources'));
      for (const [name, endpoint, schema] of [
        ['User', '/Users', USER],
        ['Group', '/Groups', GROUP],
      ]) {
        const type = types.find((one) => at(one, 'name') === name);
        if (at(type, 'endpoint') !== endpoint || at(type, 'schema') !== schema)
          throw new CheckFailed(
            `${seen.asked}: ${name} has the endpoint ${say(at(type, 'endpoint'))}, the schema ${say(at(type, 'schema'))}`,
          );
      }
      return types.map((type) => at(type, 'name')).join(', ');
    },
  },
  {
    id: 'discovery.schemas',
    title: '/Schemas describes users and groups',
    source: 'RFC 7643 section 7; Entra ID, schema discovery',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const seen = await ask200(scene, '/Schemas');
      const [user, group] = [attributesOf(seen.json, USER), attributesOf(seen.json, GROUP)];
      if (!user.includes('userName')) throw new CheckFailed(`${seen.asked} has no ${USER} with userName`);
      if (!group.includes('displayName')) throw new CheckFailed(`${seen.asked} has no ${GROUP} with displayName`);
      return `User with ${user.length} attributes, Group with ${group.length}`;
    },
  },
  {
    id: 'discovery.schemas-without-null',
    title: 'the schemas have no null members',
    source: 'Entra ID, schema discovery',
    grade: 'should',
    audience: ['entra'],
    async run(scene) {
      const seen = await ask200(scene, '/Schemas');
      const found = findNull(seen.json, '$');
      if (found !== undefined) throw new CheckFailed(`${seen.asked}: ${found} is null`);
      return 'none';
    },
  },
  {
    id: 'discovery.schema-by-id',
    title: 'a schema is read by its URN',
    source: 'RFC 7644 section 4',
    grade: 'must',
    audience: ['rfc'],
    async run(scene) {
      const seen = await ask200(scene, `/Schemas/${USER}`);
      expectValue(seen, ['id'], USER);
      return '200';
    },
  },
];
