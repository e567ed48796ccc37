/** The OpenAPI 3.1 description of the admin API, printed from its table of operations (https://spec.openapis.org/oas/v3.1.1). */
import * as z from 'zod/mini';
import { DirectorySettings, FIXED_SETTINGS, Problem, SettingsPatch } from './directory-messages.ts';
import { type OperationName, operationList } from './operations.ts';

/** What each operation does. */
const summaries: Readonly<Record<OperationName, string>> = {
  listDirectories: 'The directories in the order of their ids, a hundred at a time',
  createDirectory: 'Makes a directory',
  readDirectory: 'One directory',
  changeDirectory: 'Changes settings: those that are named; null takes one back (RFC 7396)',
  pauseDirectory: 'Refuses writes over SCIM from now on, with 429; reading goes on',
  resumeDirectory: 'Takes writes again, after a pause or after the guard was tripped',
  deleteDirectory:
    'Deletes a directory with everything in it: at once for its clients; repeat the request, with the createdAt of its answer, until it answers 204',
  listTokens: "A directory's tokens, oldest first, without their texts",
  createToken: 'Makes a token; its text is in this answer only',
  rotateToken: 'Makes a token of the same scopes and lets this one, named by its id or name, expire after an overlap',
  revokeToken: 'Revokes a token, named by its id or name; within a minute it is refused everywhere',
  listUsers: "A directory's users, as GET /Users of SCIM answers them",
  readUser: 'One user',
  listGroups: "A directory's groups, as GET /Groups of SCIM answers them",
  readGroup: 'One group',
};

/** What each query parameter is. */
const parameters: ReadonlyMap<string, string> = new Map([
  ['createdAt', 'Of the answer before: another directory of that id, made meanwhile, is left alone (404)'],
  ['after', 'The `next` of the answer before'],
  ['attributes', 'Names of the attributes to answer, separated by commas (RFC 7644 section 3.9)'],
  ['excludedAttributes', 'Names of attributes to leave out'],
  ['filter', 'RFC 7644 section 3.4.2.2, for example `userName eq "ann@example.com"`'],
  ['startIndex', 'Where the page begins, from 1'],
  ['count', 'How many resources the page has at most'],
  ['cursor', 'RFC 9865: empty for the first page, then the nextCursor of the page before'],
  ['sortBy', 'The attribute to sort by'],
  ['sortOrder', '`ascending` or `descending`'],
]);

type Json = Readonly<Record<string, unknown>>;
type Operation = (typeof operationList)[number][1];

/**
 * Only "any JSON" (`z.json()`) refers to itself, from the root of its schema: in this document that is another root. An
 * empty schema says the same.
 */
const withoutReferences = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withoutReferences);
  if (typeof part !== 'object' || part === null) return part;
  if ('$ref' in part) return {};
  const kept = Object.entries(part).filter(([name]) => name !== '$defs');
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutReferences(value)]));
};

/** @param io what is sent may leave out what has a default; what is answered has it */
const toSchema = (schema: z.core.$ZodType, io: 'input' | 'output'): Json => {
  // What was judged when the directory was made is answered as it was said.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return withoutReferences(rest) as Json;
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
    description: parameters.get(name),
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
    const taken = parametersOf(operation);
    paths.set(operation.path, {
      ...paths.get(operation.path),
      [operation.method.toLowerCase()]: {
        operationId,
        summary: summaries[operationId],
        ...(taken.length === 0 ? {} : { parameters: taken }),
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
