/** Checks of the discovery endpoints (RFC 7644 section 4, RFC 7643 sections 5 to 7). */
import { at, elementsOf } from '../../scim-client/json-value.ts';
import { GROUP, USER } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import type { CheckContext, CheckResponse } from '../check-context.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectStatus, expectValue, format } from '../expect.ts';

const CONFIG = '/ServiceProviderConfig';
const RFC_CONFIG = 'RFC 7643 section 5';

const ask200 = async ({ ask }: CheckContext, target: string): Promise<CheckResponse> => {
  const response = await ask('GET', target);
  expectStatus(response, 200);
  return response;
};

const expectTypes = (
  response: CheckResponse,
  type: 'boolean' | 'number',
  paths: readonly (readonly string[])[],
): void => {
  for (const path of paths) {
    const actual = at(response.json, ...path);
    if (typeof actual !== type)
      throw new CheckFailed(`${response.requestLine}: ${path.join('.')} is ${format(actual)}, expected a ${type}`);
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
    title: '/ServiceProviderConfig lists the supported features',
    source: RFC_CONFIG,
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const response = await ask200(context, CONFIG);
      const features = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'];
      expectTypes(
        response,
        'boolean',
        features.map((feature) => [feature, 'supported']),
      );
      return features.map((feature) => `${feature} ${at(response.json, feature, 'supported')}`).join(', ');
    },
  },
  {
    id: 'discovery.limits',
    title: 'bulk and filter have limits, even if bulk is not supported',
    source: RFC_CONFIG,
    grade: 'should',
    audience: ['rfc'],
    async run(context) {
      const response = await ask200(context, CONFIG);
      expectTypes(response, 'number', [
        ['bulk', 'maxOperations'],
        ['bulk', 'maxPayloadSize'],
        ['filter', 'maxResults'],
      ]);
      return `filter.maxResults ${at(response.json, 'filter', 'maxResults')}`;
    },
  },
  {
    id: 'discovery.patch',
    title: 'PATCH and filters are supported',
    source: 'Entra ID, requirements; Okta, catalog apps',
    grade: 'must',
    audience: ['entra', 'okta'],
    async run(context) {
      const response = await ask200(context, CONFIG);
      expectValue(response, ['patch', 'supported'], true);
      expectValue(response, ['filter', 'supported'], true);
      return 'both';
    },
  },
  {
    id: 'discovery.resource-types',
    title: '/ResourceTypes has User and Group with their endpoints',
    source: 'RFC 7643 section 6',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const response = await ask200(context, '/ResourceTypes');
      const types = elementsOf(at(response.json, 'Resources'));
      for (const [name, endpoint, schema] of [
        ['User', '/Users', USER],
        ['Group', '/Groups', GROUP],
      ]) {
        const type = types.find((one) => at(one, 'name') === name);
        if (at(type, 'endpoint') !== endpoint || at(type, 'schema') !== schema)
          throw new CheckFailed(
            `${response.requestLine}: ${name} has endpoint ${format(at(type, 'endpoint'))} and schema ${format(at(type, 'schema'))}`,
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
    async run(context) {
      const response = await ask200(context, '/Schemas');
      const [user, group] = [attributesOf(response.json, USER), attributesOf(response.json, GROUP)];
      if (!user.includes('userName')) throw new CheckFailed(`${response.requestLine} has no ${USER} with userName`);
      if (!group.includes('displayName'))
        throw new CheckFailed(`${response.requestLine} has no ${GROUP} with displayName`);
      return `User with ${user.length} attributes, Group with ${group.length}`;
    },
  },
  {
    id: 'discovery.schemas-without-null',
    title: 'the schemas have no null members',
    source: 'Entra ID, schema discovery',
    grade: 'should',
    audience: ['entra'],
    async run(context) {
      const response = await ask200(context, '/Schemas');
      const found = findNull(response.json, '$');
      if (found !== undefined) throw new CheckFailed(`${response.requestLine}: ${found} is null`);
      return 'none';
    },
  },
  {
    id: 'discovery.schema-by-id',
    title: 'GET /Schemas/{URN} returns that schema',
    source: 'RFC 7644 section 4',
    grade: 'must',
    audience: ['rfc'],
    async run(context) {
      const response = await ask200(context, `/Schemas/${USER}`);
      expectValue(response, ['id'], USER);
      return '200';
    },
  },
];
