/** The OpenAPI 3.1 description of the SCIM endpoints of a directory, with its own schemas (RFC 7644 section 3.2). */
import { type Attribute, commonAttributes, type ResourceType } from '../scim/index.ts';

type Json = Readonly<Record<string, unknown>>;

const SCIM = 'application/scim+json';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

const types: Readonly<Record<Exclude<Attribute['type'], 'complex'>, Json>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  decimal: { type: 'number' },
  integer: { type: 'integer' },
  dateTime: { type: 'string', format: 'date-time' },
  reference: { type: 'string' },
  binary: { type: 'string', contentEncoding: 'base64' },
};

const toObject = (attributes: readonly Attribute[]): Json => {
  const required = attributes.filter((attribute) => attribute.required).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(attributes.map((attribute) => [attribute.name, toSchema(attribute)])),
    ...(required.length === 0 ? {} : { required }),
  };
};

const toValue = ({ type, subAttributes = [], allowedValues, canonicalValues }: Attribute): Json => ({
  ...(type === 'complex' ? toObject(subAttributes) : types[type]),
  ...(allowedValues === undefined ? {} : { enum: allowedValues }),
  ...(canonicalValues === undefined ? {} : { examples: canonicalValues }),
});

const toSchema = (attribute: Attribute): Json => {
  const { multiValued, description, mutability, returned } = attribute;
  return {
    ...(multiValued ? { type: 'array', items: toValue(attribute) } : toValue(attribute)),
    description,
    ...(mutability === 'readOnly' ? { readOnly: true } : {}),
    ...(mutability === 'writeOnly' || returned === 'never' ? { writeOnly: true } : {}),
    ...(attribute.default === undefined ? {} : { default: attribute.default }),
  };
};

/** `schemas` is readOnly for clients' changes, but every body has it. */
const common = commonAttributes.map((attribute) =>
  attribute.name === 'schemas' ? { ...attribute, mutability: 'readWrite' as const, required: true } : attribute,
);

const toResourceSchema = ({ schema, extensions }: ResourceType): Json => {
  const base = toObject([...common, ...schema.attributes]);
  const added = extensions.map((extension) => [
    extension.schema.id,
    { ...toObject(extension.schema.attributes), description: extension.schema.description },
  ]);
  const required = extensions.filter((extension) => extension.required).map((extension) => extension.schema.id);
  return {
    ...base,
    description: schema.description,
    properties: { ...(base.properties as Json), ...Object.fromEntries(added) },
    required: [...((base.required as readonly string[] | undefined) ?? []), ...required],
  };
};

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (schema: Json): Json => ({ content: { [SCIM]: { schema } } });
const answer = (description: string, schema?: Json): Json => ({
  description,
  ...(schema === undefined ? {} : content(schema)),
});
const body = (schema: Json): Json => ({ requestBody: { required: true, ...content(schema) } });
const refusals = (...statuses: readonly number[]): Json =>
  Object.fromEntries(
    [...statuses, 401, 403, 429, 503].map((status) => [status, { $ref: '#/components/responses/Error' }]),
  );

const parameter = (name: string, description: string, type = 'string'): Json => ({
  name,
  in: 'query',
  description,
  schema: { type },
});
const projection = [
  parameter('attributes', 'Comma-separated names of the attributes to return'),
  parameter('excludedAttributes', 'Comma-separated names of attributes to omit'),
];
const query = [
  parameter('filter', 'RFC 7644 section 3.4.2.2'),
  parameter('startIndex', 'Index of the first resource, starting at 1', 'integer'),
  parameter('count', 'Maximum number of resources per page', 'integer'),
  parameter('cursor', 'RFC 9865: empty for the first page, then the nextCursor of the previous page'),
  parameter('sortBy', 'The attribute to sort by'),
  parameter('sortOrder', '`ascending` or `descending`'),
  ...projection,
];
const id = { name: 'id', in: 'path', required: true, description: 'Id of the resource', schema: { type: 'string' } };
const ifMatch = {
  name: 'If-Match',
  in: 'header',
  description: 'The version that is to be changed',
  schema: { type: 'string' },
};

const pathsOf = ({ name, endpoint }: ResourceType): Json => {
  const of = (operationId: string, summary: string, rest: Json) => ({ operationId, tags: [name], summary, ...rest });
  const one = reference(name);
  const list = reference(`${name}List`);
  return {
    [endpoint]: {
      get: of(`list${name}`, `List resources of type ${name}`, {
        parameters: query,
        responses: { 200: answer('A page', list), ...refusals(400) },
      }),
      post: of(`create${name}`, `Create a ${name}`, {
        parameters: projection,
        ...body(one),
        responses: { 201: answer('Created', one), ...refusals(400, 409, 413) },
      }),
    },
    [`${endpoint}/.search`]: {
      post: of(`search${name}`, `List resources of type ${name} by a query in the body`, {
        ...body(reference('SearchRequest')),
        responses: { 200: answer('A page', list), ...refusals(400) },
      }),
    },
    [`${endpoint}/{id}`]: {
      parameters: [id],
      get: of(`read${name}`, `Get a ${name}`, {
        parameters: projection,
        responses: { 200: answer('OK', one), 304: answer('Not modified'), ...refusals(404) },
      }),
      put: of(`replace${name}`, `Replace a ${name}`, {
        parameters: [ifMatch, ...projection],
        ...body(one),
        responses: { 200: answer('Replaced', one), ...refusals(400, 404, 409, 412, 413) },
      }),
      patch: of(`patch${name}`, `Change a ${name}`, {
        parameters: [ifMatch, ...projection],
        ...body(reference('PatchRequest')),
        responses: {
          200: answer('Changed', one),
          204: answer('Changed'),
          ...refusals(400, 404, 409, 412, 413),
        },
      }),
      delete: of(`delete${name}`, `Delete a ${name}`, {
        parameters: [ifMatch],
        responses: { 204: answer('Deleted'), ...refusals(404, 412) },
      }),
    },
  };
};

const discovery = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas'] as const;
const discoveryPaths = Object.fromEntries(
  discovery.map((name) => [
    `/${name}`,
    {
      get: {
        operationId: `read${name}`,
        tags: ['Discovery'],
        summary: `Get ${name} (RFC 7644 section 4)`,
        responses: { 200: answer('OK', { type: 'object' }), ...refusals(404) },
      },
    },
  ]),
);

const messageOf = (urn: string, properties: Json, required: readonly string[]): Json => ({
  type: 'object',
  properties: { schemas: { type: 'array', items: { type: 'string', const: urn } }, ...properties },
  required: ['schemas', ...required],
});
const listOf = (name: string): Json =>
  messageOf(
    LIST,
    {
      totalResults: { type: 'integer' },
      itemsPerPage: { type: 'integer' },
      startIndex: { type: 'integer' },
      nextCursor: { type: 'string' },
      Resources: { type: 'array', items: reference(name) },
    },
    ['totalResults'],
  );
const texts = { type: 'array', items: { type: 'string' } } as const;

const messages: Json = {
  Error: messageOf(ERROR, { status: { type: 'string' }, scimType: { type: 'string' }, detail: { type: 'string' } }, [
    'status',
  ]),
  PatchRequest: messageOf(
    PATCH,
    {
      Operations: {
        type: 'array',
        items: {
          type: 'object',
          properties: { op: { enum: ['add', 'remove', 'replace'] }, path: { type: 'string' }, value: {} },
          required: ['op'],
        },
      },
    },
    ['Operations'],
  ),
  SearchRequest: messageOf(
    SEARCH,
    {
      filter: { type: 'string' },
      startIndex: { type: 'integer' },
      count: { type: 'integer' },
      sortBy: { type: 'string' },
      sortOrder: { enum: ['ascending', 'descending'] },
      attributes: texts,
      excludedAttributes: texts,
    },
    [],
  ),
};

type Described = {
  readonly id: string;
  readonly baseUrl: string;
  readonly resourceTypes: readonly ResourceType[];
};
export const toScimOpenApi = ({ id: directory, baseUrl, resourceTypes }: Described): Json => ({
  openapi: '3.1.1',
  info: {
    title: `SCIM API of directory ${directory}`,
    version: '2.0',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    description:
      'Users, groups and further resources by SCIM 2.0 (RFC 7643 and RFC 7644), with the schemas of the directory.',
  },
  servers: [{ url: baseUrl }],
  security: [{ bearer: [] }],
  tags: [
    ...resourceTypes.map(({ name, description }) => ({ name, description })),
    { name: 'Discovery', description: 'What the service provider supports' },
  ],
  paths: Object.assign({}, ...resourceTypes.map(pathsOf), discoveryPaths),
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A token of the directory' } },
    responses: { Error: answer('A SCIM error (RFC 7644 section 3.12)', reference('Error')) },
    schemas: {
      ...Object.fromEntries(
        resourceTypes.flatMap((type) => [
          [type.name, toResourceSchema(type)],
          [`${type.name}List`, listOf(type.name)],
        ]),
      ),
      ...messages,
    },
  },
});
