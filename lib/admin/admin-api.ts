/** The admin API: handles requests below `/admin`, independently of the transport. */
import type { Actor } from '../scim/index.ts';
import type { Admin } from './admin.ts';
import {
  AdminError,
  badRequest,
  methodNotAllowed,
  notFound,
  type Report,
  toFailure,
  unsupportedMediaType,
} from './admin-error.ts';
import {
  type DeletionAnswer,
  type DirectoryAnswer,
  type NewTokenAnswer,
  type RotationAnswer,
  Slug,
  type TokenView,
} from './directory-messages.ts';
import { type BodyOf, type OperationName, operationList, operations } from './operations.ts';
import { parse } from './parse.ts';
import type { ReadResources } from './resources.ts';

export type AdminRequest = {
  readonly method: string;
  /** The path after `/admin`, for example `/directories/acme/tokens`. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
  /** The base URL for identity providers, without a trailing slash. */
  readonly baseUrl: string;
  readonly requestId: string;
};
export type AdminAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
export type AdminApiOptions = {
  readonly admin: Admin;
  readonly readResources: ReadResources;
  readonly report: Report;
};

type Result = {
  readonly status: number;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};
type Call<Name extends OperationName = OperationName> = {
  /** Path segments, named as in the operation's path. */
  readonly directory: string;
  readonly token: string;
  readonly resource: string;
  readonly body: BodyOf<Name>;
  readonly request: AdminRequest;
  readonly by: Actor;
};
type Handlers = { readonly [Name in OperationName]: (call: Call<Name>) => Promise<Result> };

// An unpaired surrogate, which only an escape can produce. DynamoDB rejects it with an error that looks like an outage.
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** A reviver. The validation would ignore `__proto__`, which no setting has, where it refuses other unknown fields. */
const refuseUnreadable = (name: string, value: unknown): unknown => {
  if (name === '__proto__') throw badRequest('unknown field __proto__');
  if (LONE_SURROGATE.test(name + (typeof value === 'string' ? ` ${value}` : '')))
    throw badRequest('The body contains an unpaired surrogate.');
  return value;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text, refuseUnreadable);
  } catch (error) {
    throw error instanceof AdminError ? error : badRequest('The body is not JSON.');
  }
};

const JSON_TYPE = /^application\/(merge-patch\+)?json[ \t]*(;|$)/i;
/** @throws AdminError 415; 400 naming the invalid fields */
const parseBody = (name: OperationName, { body = '', contentType = '' }: AdminRequest): unknown => {
  const operation = operations[name];
  if (!('body' in operation)) return undefined;
  // Also keeps web pages from writing to the local run: browsers send this type across origins only after a preflight.
  if (!JSON_TYPE.test(contentType)) throw unsupportedMediaType('The body must be application/json.');
  return parse<unknown>(operation.body, parseJson(body));
};

const directoryHandlers = (admin: Admin) => {
  const answer = (status: number, found: Awaited<ReturnType<Admin['readDirectory']>>, { request }: Call): Result => ({
    status,
    body: { ...found, baseUrl: request.baseUrl } satisfies DirectoryAnswer,
  });
  return {
    listDirectories: async ({ request }) => ({
      status: 200,
      body: await admin.listDirectories(request.query.get('after')),
    }),
    createDirectory: async (call) => answer(201, await admin.createDirectory(call.body, call.by), call),
    readDirectory: async (call) => answer(200, await admin.readDirectory(call.directory), call),
    changeDirectory: async (call) => answer(200, await admin.changeDirectory(call.directory, call.body, call.by), call),
    pauseDirectory: async (call) => answer(200, await admin.pauseDirectory(call.directory, call.by), call),
    resumeDirectory: async (call) => answer(200, await admin.resumeDirectory(call.directory, call.by), call),
    async deleteDirectory({ directory, by, request }) {
      const outcome = await admin.deleteDirectory(directory, by, request.query.get('createdAt'));
      if (outcome === 'deleted') return { status: 204 };
      const body: DeletionAnswer = { id: directory, status: 'deleting', ...outcome };
      return { status: 202, headers: { 'Retry-After': String(outcome.waitSeconds) }, body };
    },
  } satisfies Partial<Handlers>;
};

const tokenHandlers = (admin: Admin) => {
  type View = Omit<TokenView, 'scopes'> & { readonly scopes: readonly TokenView['scopes'][number][] };
  const view = ({ scopes, ...token }: View): TokenView => ({ ...token, scopes: [...scopes] });
  return {
    listTokens: async ({ directory, request: { query } }) => ({
      status: 200,
      body: { tokens: await admin.listTokens(directory, query.get('ended') === 'true') },
    }),
    async createToken({ directory, body, request: { baseUrl } }) {
      const created = await admin.createToken(directory, body);
      return { status: 201, body: { ...view(created), token: created.token, baseUrl } satisfies NewTokenAnswer };
    },
    async rotateToken({ directory, token, body, request: { baseUrl } }) {
      const { created, replaced } = await admin.rotateToken(directory, token, body);
      const answer: RotationAnswer = { ...view(created), token: created.token, replaced: view(replaced), baseUrl };
      return { status: 201, body: answer };
    },
    async revokeToken({ directory, token }) {
      await admin.revokeToken(directory, token);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
};

const resourceHandlers = (admin: Admin, readResources: ReadResources) => {
  const read = async ({ directory: id, request }: Call, path: readonly string[]): Promise<Result> => {
    const directory = await admin.readDirectory(id);
    if (directory.status === 'deleting') throw notFound(`There is no directory ${id}.`);
    const { query, baseUrl, requestId } = request;
    const { status, headers, body } = await readResources({ directory, path, query, baseUrl, requestId });
    return { status, headers: { ...headers, 'Content-Type': 'application/scim+json' }, body };
  };
  return {
    listUsers: (call) => read(call, ['Users']),
    readUser: (call) => read(call, ['Users', call.resource]),
    listGroups: (call) => read(call, ['Groups']),
    readGroup: (call) => read(call, ['Groups', call.resource]),
  } satisfies Partial<Handlers>;
};

/** @returns the named segments; undefined if the path does not match */
const toParameters = (path: string, segments: readonly string[]): ReadonlyMap<string, string> | undefined => {
  const parts = path.split('/').slice(1);
  if (parts.length !== segments.length) return undefined;
  const named = new Map<string, string>();
  for (const [i, part] of parts.entries()) {
    const segment = segments[i] ?? '';
    if (part.startsWith('{')) named.set(part.slice(1, -1), segment);
    else if (part !== segment) return undefined;
  }
  return named;
};

const find = ({ method, path }: AdminRequest) => {
  const segments = path.split('/').filter((segment) => segment !== '');
  const atPath = operationList.flatMap(([name, operation]) => {
    const parameters = toParameters(operation.path, segments);
    return parameters === undefined ? [] : [{ name, method: operation.method, parameters }];
  });
  const directory = atPath[0]?.parameters.get('directory');
  if (atPath.length === 0 || (directory !== undefined && !Slug.safeParse(directory).success))
    throw notFound('There is no such admin endpoint or directory.');
  const found = atPath.find((operation) => operation.method === method);
  if (found === undefined) throw methodNotAllowed(atPath.map((operation) => operation.method).join(', '));
  return found;
};

const render = ({ status, body, headers = {} }: Result): AdminAnswer =>
  body === undefined
    ? { status, headers, body: '' }
    : { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };

/** Creates the request handler. @returns a function that never throws */
export function createAdminApi({
  admin,
  readResources,
  report,
}: AdminApiOptions): (request: AdminRequest) => Promise<AdminAnswer> {
  const handlers: Handlers = {
    ...directoryHandlers(admin),
    ...tokenHandlers(admin),
    ...resourceHandlers(admin, readResources),
  };
  return async (request) => {
    try {
      const { name, parameters } = find(request);
      const of = (segment: string) => parameters.get(segment) ?? '';
      // Each handler takes the body of its own operation, which TypeScript cannot express for a union of names.
      const handle = handlers[name] as (call: Call) => Promise<Result>;
      const call = {
        directory: of('directory'),
        token: of('token'),
        resource: of('resource'),
        body: parseBody(name, request) as Call['body'],
        request,
        by: { kind: 'admin', requestId: request.requestId },
      } as const;
      return render(await handle(call));
    } catch (error) {
      return toFailure(error, request.requestId, report);
    }
  };
}
