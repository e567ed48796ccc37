/** The OpenAPI 3.1 description of the admin API, printed from its table of operations (https://spec.openapis.org/oas/v3.1.1). */
import * as z from 'zod/mini';
import { DirectorySettings, FIXED_SETTINGS, Problem, SettingsPatch } from './messages.ts';
import { operationList } from './operations.ts';

type Json = Readonly<Record<string, unknown>>;
type Operation = (typeof operationList)[number][1];

/** @param io what is sent may leave out what has a default; what is answered has it */
const toSchema = (schema: z.core.$ZodType, io: 'input' | 'output'): Json => {
  // What was judged when the directory was made is answered as it was said.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

/** A merge patch is of the settings: each may be named, and null takes it back. */
const settingsPatch = (): Json => {
  const { properties = {} } = toSchema(DirectorySettings, 'input') as { readonly properties?: Json };
  const changeable = Object.entries(properties).filter(([name]) => !FIXED_SETTINGS.some((fixed) => fixed === name));
  return {
    type: 'object',
    properties: Object.fromEntries(changeable.map(([name, schema]) => [name, { anyOf: [schema, { type: 'null' }] }])),
    additionalProperties: false,
  };
};

const content = (type: string, schema: Json): Json => ({ [type]: { schema } });

const isScim = ({ path }: Operation) => /\/(Users|Groups)/.test(path);
const meanings = new Map([
  [200, 'Done'],
  [201, 'Made'],
  [202, 'Not finished: repeat the request after Retry-After seconds'],
  [204, 'Done; nothing is left of it'],
]);

const answersOf = (operation: Operation): Json => {
  const type = isScim(operation) ? 'application/scim+json' : 'application/json';
  const answers = Object.entries(operation.answers).map(([status, schema]) => [
    status,
    {
      description: meanings.get(Number(status)) ?? '',
      ...(schema === undefined ? {} : { content: content(type, toSchema(schema, 'output')) }),
    },
  ]);
  return { ...Object.fromEntries(answers), default: { $ref: '#/components/responses/Problem' } };
};

const parametersOf = ({ path, query = {} }: Operation): Json[] => [
  ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  ...Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  })),
];

const bodyOf = ({ body }: Operation): Json => {
  if (body === undefined) return {};
  const isPatch = body === SettingsPatch;
  const type = isPatch ? 'application/merge-patch+json' : 'application/json';
  return {
    requestBody: { required: true, content: content(type, isPatch ? settingsPatch() : toSchema(body, 'input')) },
  };
};

const pathsOf = (): Json => {
  const paths = new Map<string, Json>();
  for (const [operationId, operation] of operationList) {
    const parameters = parametersOf(operation);
    paths.set(operation.path, {
      ...paths.get(operation.path),
      [operation.method.toLowerCase()]: {
        operationId,
        summary: operation.summary,
        ...(parameters.length === 0 ? {} : { parameters }),
        ...bodyOf(operation),
        responses: answersOf(operation),
      },
    });
  }
  return Object.fromEntries(paths);
};

export const createOpenApi = (): Json => ({
  openapi: '3.1.1',
  info: {
    title: 'Rollcall admin API',
    version: '1',
    description:
      "Directories and tokens for the engineer who runs Rollcall. Errors are problem details (RFC 9457). In AWS every request is signed (SigV4, service execute-api); the local run takes this machine's programs.",
  },
  servers: [
    {
      url: 'https://{host}/{stage}/admin',
      description: "The stack's output AdminUrl",
      variables: { host: { default: 'api-id.execute-api.region.amazonaws.com' }, stage: { default: 'scim' } },
    },
    { url: 'http://127.0.0.1:8787/scim/admin', description: 'The local run' },
  ],
  security: [{ sigv4: [] }],
  paths: pathsOf(),
  components: {
    securitySchemes: {
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        description: 'AWS Signature Version 4',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
    },
    responses: {
      Problem: {
        description: 'What was wrong, in words',
        content: content('application/problem+json', toSchema(Problem, 'output')),
      },
    },
  },
});
