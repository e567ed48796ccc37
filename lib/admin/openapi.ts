/** The OpenAPI 3.1 description of the admin API, generated from its operations (https://spec.openapis.org/oas/v3.1.1). */
import * as z from 'zod/mini';
import { DirectorySettings, FIXED_SETTINGS, Problem, SettingsPatch } from './directory-messages.ts';
import { type OperationName, operationList } from './operations.ts';

const summaries: Readonly<Record<OperationName, string>> = {
  listDirectories: 'List directories in order of their ids, 100 per page',
  createDirectory: 'Create a directory',
  readDirectory: 'Get a directory',
  changeDirectory: 'Change the given settings; null resets a setting (RFC 7396)',
  pauseDirectory: 'Pause a directory: SCIM writes are refused with 429, reads still work',
  resumeDirectory: 'Resume a directory after a pause or after its guard tripped',
  deleteDirectory:
    'Delete a directory and everything in it; clients lose access at once. Repeat the request with the createdAt of its response until it returns 204',
  listTokens: "List a directory's tokens, oldest first, without their text",
  createToken: 'Create a token; its text is in this response only',
  rotateToken:
    'Replace a token, given by id or name, with a new one of the same scopes; the old one expires after an overlap',
  revokeToken: 'Revoke a token, given by id or name; it is refused everywhere within a minute',
  listUsers: "List a directory's users, as SCIM GET /Users does",
  readUser: 'Get a user',
  listGroups: "List a directory's groups, as SCIM GET /Groups does",
  readGroup: 'Get a group',
};

const parameterDescriptions: ReadonlyMap<string, string> = new Map([
  ['createdAt', 'From the previous response: a directory created with the same id in the meantime is left alone (404)'],
  ['ended', '`true`: also tokens that are revoked or replaced, until they are cleaned up'],
  ['after', 'The `next` of the previous response'],
  ['attributes', 'Comma-separated names of the attributes to return (RFC 7644 section 3.9)'],
  ['excludedAttributes', 'Comma-separated names of attributes to omit'],
  ['filter', 'RFC 7644 section 3.4.2.2, for example `userName eq "ann@example.com"`'],
  ['startIndex', 'Index of the first resource, starting at 1'],
  ['count', 'Maximum number of resources per page'],
  ['cursor', 'RFC 9865: empty for the first page, then the nextCursor of the previous page'],
  ['sortBy', 'The attribute to sort by'],
  ['sortOrder', '`ascending` or `descending`'],
]);

type Json = Readonly<Record<string, unknown>>;
type Operation = (typeof operationList)[number][1];

/**
 * Replaces `$ref` with an empty schema, which allows any JSON. Only `z.json()` has references: to itself, by the root of
 * its own schema, which is not the root of this document.
 */
const withoutReferences = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withoutReferences);
  if (typeof part !== 'object' || part === null) return part;
  if ('$ref' in part) return {};
  const kept = Object.entries(part).filter(([name]) => name !== '$defs');
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutReferences(value)]));
};

/** @param io `input`: properties with a default are optional; `output`: they are required */
const toSchema = (schema: z.core.$ZodType, io: 'input' | 'output'): Json => {
  // Custom types are described as any JSON: schemas and rules of a stored directory, validated when they were set.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return withoutReferences(rest) as Json;
};

/** A merge patch of the settings: each is optional, and null resets it. */
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
const statusDescriptions = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [202, 'In progress: repeat the request after Retry-After seconds'],
  [204, 'Deleted'],
]);

const answersOf = (operation: Operation): Json => {
  const type = isScim(operation) ? 'application/scim+json' : 'application/json';
  const answers = Object.entries(operation.answers).map(([status, schema]) => [
    status,
    {
      description: statusDescriptions.get(Number(status)) ?? '',
      ...(schema === undefined ? {} : { content: content(type, toSchema(schema, 'output')) }),
    },
  ]);
  return { ...Object.fromEntries(answers), default: { $ref: '#/components/responses/Problem' } };
};

const parametersOf = ({ path, query = [] }: Operation): Json[] => [
  ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  ...query.map((name) => ({
    name,
    in: 'query',
    description: parameterDescriptions.get(name),
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
        summary: summaries[operationId],
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
      'Manage directories and tokens, and read users and groups. Errors are problem details (RFC 9457). On AWS every request must be signed (SigV4, service execute-api); the local run accepts unsigned requests from programs on the same machine.',
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
        description: 'The error as problem details (RFC 9457)',
        content: content('application/problem+json', toSchema(Problem, 'output')),
      },
    },
  },
});
