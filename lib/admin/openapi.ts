/** The OpenAPI 3.1 description of the admin API, generated from its operations (https://spec.openapis.org/oas/v3.1.1). */
import * as z from 'zod/mini';
import { NDJSON } from '../transfer/transfer-messages.ts';
import { DirectorySettings, FIXED_SETTINGS, Problem, SettingsPatch } from './directory-messages.ts';
import { eventOperations } from './event-operations.ts';
import { type AnyOperationName, parameterWords, tags, words } from './openapi-words.ts';
import { operations } from './operations.ts';
import type { Operation } from './router.ts';
import { transferOperations } from './transfer-operations.ts';

/** The operations of all functions. */
const allOperations = { ...operations, ...transferOperations, ...eventOperations };
/** The same as a list, typed loosely for look-up at run time. */
export const operationList = Object.entries(allOperations) as (readonly [AnyOperationName, Operation])[];

type Json = Readonly<Record<string, unknown>>;

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

type Example = object | undefined;
const content = (type: string, schema: Json, example?: Example): Json => ({
  [type]: { schema, ...(example === undefined ? {} : { example }) },
});

const isScim = ({ path }: Operation) => /\}\/(Users|Groups)/.test(path);
const isImport = ({ path }: Operation) => path.includes('/import');
const statusDescriptions = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [202, 'Accepted. A deletion is in progress: repeat the request after Retry-After seconds'],
  [204, 'Deleted'],
]);
const errors = {
  400: { name: 'BadRequest', title: 'Bad Request', detail: 'name: must be of type string' },
  403: { name: 'Forbidden', title: 'Forbidden', detail: 'The AWS signature of the request is not valid.' },
  404: { name: 'NotFound', title: 'Not Found', detail: 'There is no directory acme.' },
  409: { name: 'Conflict', title: 'Conflict', detail: 'Directory acme is being deleted.' },
  413: {
    name: 'TooLarge',
    title: 'Content Too Large',
    detail: 'The body has more than 200 lines. Send fewer lines per request.',
  },
  415: { name: 'UnsupportedMediaType', title: 'Unsupported Media Type', detail: 'The body must be application/json.' },
  429: { name: 'TooManyRequests', title: 'Too Many Requests', detail: 'Too many requests. Try again later.' },
  500: {
    name: 'InternalError',
    title: 'Internal Server Error',
    detail: 'Internal error. See the log for request id 6f1c.',
  },
  503: {
    name: 'Unavailable',
    title: 'Service Unavailable',
    detail: 'The token store is temporarily unavailable. Try again later.',
  },
} as const;

const errorsOf = (name: AnyOperationName, operation: Operation): (keyof typeof errors)[] => {
  const hasBody = operation.body !== undefined || isImport(operation);
  const hasPlace = operation.path.includes('{') || name === 'backfillEvents' || name === 'sendEvent';
  return [
    ...(hasBody || operation.query !== undefined ? ([400] as const) : []),
    403,
    ...(hasPlace ? ([404] as const) : []),
    ...(words[name].conflict === true ? ([409] as const) : []),
    ...(isImport(operation) ? ([413] as const) : []),
    ...(hasBody ? ([415] as const) : []),
    429,
    500,
    503,
  ];
};

const answersOf = (name: AnyOperationName, operation: Operation): Json => {
  const type = isScim(operation) ? 'application/scim+json' : 'application/json';
  const { answer } = words[name];
  const answers = Object.entries(operation.answers).map(([status, schema]) => [
    status,
    {
      description: statusDescriptions.get(Number(status)) ?? '',
      ...(schema === undefined ? {} : { content: content(type, toSchema(schema, 'output'), answer) }),
    },
  ]);
  const refusals = errorsOf(name, operation).map((status) => [
    status,
    { $ref: `#/components/responses/${errors[status].name}` },
  ]);
  return Object.fromEntries([...answers, ...refusals]);
};

const parametersOf = ({ path, query = [] }: Operation): Json[] => [
  ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: parameterWords.get(name),
    schema: { type: 'string' },
  })),
  ...query.map((name) => ({
    name,
    in: 'query',
    description: parameterWords.get(name),
    schema: { type: 'string' },
  })),
];

const linesBody = { type: 'string', description: 'One JSON object per line' } as const;
const bodyOf = (name: AnyOperationName, operation: Operation): Json => {
  const { body } = operation;
  const { example } = words[name];
  if (isImport(operation)) return { requestBody: { required: true, content: content(NDJSON, linesBody) } };
  if (body === undefined) return {};
  const isPatch = body === SettingsPatch;
  const type = isPatch ? 'application/merge-patch+json' : 'application/json';
  const schema = isPatch ? settingsPatch() : toSchema(body, 'input');
  return { requestBody: { required: true, content: content(type, schema, example) } };
};

const pathsOf = (): Json => {
  const paths = new Map<string, Json>();
  for (const [operationId, operation] of operationList) {
    const parameters = parametersOf(operation);
    const { tag, summary, description } = words[operationId];
    paths.set(operation.path, {
      ...paths.get(operation.path),
      [operation.method.toLowerCase()]: {
        operationId,
        tags: [tag],
        summary,
        ...(description === undefined ? {} : { description }),
        ...(parameters.length === 0 ? {} : { parameters }),
        ...bodyOf(operationId, operation),
        responses: answersOf(operationId, operation),
      },
    });
  }
  return Object.fromEntries(paths);
};

const problemOf = ([status, { title, detail }]: [string, (typeof errors)[keyof typeof errors]]): Json => ({
  description: `${title}, as problem details (RFC 9457)`,
  content: content('application/problem+json', toSchema(Problem, 'output'), { status: Number(status), title, detail }),
});

export const createOpenApi = (): Json => ({
  openapi: '3.1.1',
  info: {
    title: 'Rollcall admin API',
    version: '1',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    description:
      'Manage directories and tokens, read users and groups, import and export, replay events. Errors are problem details (RFC 9457), except those of API Gateway itself. On AWS every request must be signed (SigV4, service execute-api); the local run accepts unsigned requests from programs on the same machine.',
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
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
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
    responses: Object.fromEntries(
      Object.entries(errors).map(([status, error]) => [error.name, problemOf([status, error])]),
    ),
  },
});
