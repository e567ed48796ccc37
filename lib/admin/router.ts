/** The one router of the admin API: finds the operation of a request in a table, and calls its handler. */
import type * as z from 'zod/mini';
import type { Actor } from '../scim/index.ts';
import { methodNotAllowed, notFound, type Report, toFailure, unsupportedMediaType } from './admin-error.ts';
import { Slug } from './directory-messages.ts';
import { parse, parseJsonBody } from './parse.ts';

export type Operation = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path after `/admin`; `{name}` is one segment. */
  readonly path: `/${string}`;
  /** Names of the supported query parameters. */
  readonly query?: readonly string[];
  /** Of a JSON body. A handler reads any other body itself. */
  readonly body?: z.core.$ZodType;
  /** Response bodies by status; undefined: no body. */
  readonly answers: Readonly<Record<number, z.core.$ZodType | undefined>>;
};
export type OperationTable = Readonly<Record<string, Operation>>;
/** The parsed request body of an operation; undefined: no JSON body. */
type BodyOf<One extends Operation> = One extends { readonly body: infer Body extends z.core.$ZodType }
  ? z.output<Body>
  : undefined;

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
  /** Milliseconds since 1970 by which the request must end. */
  readonly deadline: number;
};
export type AdminAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
export type Result = {
  readonly status: number;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Call<Body = undefined> = {
  /** The directory of the path. */
  readonly directory: string;
  /** The named segment after it: a token, a resource, a group, or a replay. */
  readonly name: string;
  readonly body: Body;
  readonly request: AdminRequest;
  readonly by: Actor;
};
export type Handlers<Table extends OperationTable> = {
  readonly [Name in keyof Table]: (call: Call<BodyOf<Table[Name]>>) => Promise<Result>;
};

const JSON_TYPE = /^application\/(merge-patch\+)?json[ \t]*(;|$)/i;
/** @throws AdminError 415; 400 naming the invalid fields */
const parseBody = (operation: Operation, { body = '', contentType = '' }: AdminRequest): unknown => {
  if (operation.body === undefined) return undefined;
  // Also keeps web pages from writing to the local run: browsers send this type across origins only after a preflight.
  if (!JSON_TYPE.test(contentType)) throw unsupportedMediaType('The body must be application/json.');
  return parse<unknown>(operation.body, parseJsonBody(body));
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

/** @throws AdminError 404, 405 */
const find = (operations: readonly (readonly [string, Operation])[], { method, path }: AdminRequest) => {
  const segments = path.split('/').filter((segment) => segment !== '');
  const atPath = operations.flatMap(([name, operation]) => {
    const parameters = toParameters(operation.path, segments);
    return parameters === undefined ? [] : [{ name, operation, parameters }];
  });
  const directory = atPath[0]?.parameters.get('directory');
  if (atPath.length === 0 || (directory !== undefined && !Slug.safeParse(directory).success))
    throw notFound('There is no such admin endpoint or directory.');
  const found = atPath.find(({ operation }) => operation.method === method);
  if (found === undefined) throw methodNotAllowed(atPath.map(({ operation }) => operation.method).join(', '));
  return found;
};

const render = ({ status, body, headers = {} }: Result): AdminAnswer =>
  body === undefined
    ? { status, headers, body: '' }
    : { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };

/** @param table the operations that this function serves. @returns a function that never throws */
export const createRouter = <Table extends OperationTable>(table: Table, handlers: Handlers<Table>, report: Report) => {
  const operations = Object.entries(table);
  return async (request: AdminRequest): Promise<AdminAnswer> => {
    try {
      const { name, operation, parameters } = find(operations, request);
      const [last = ''] = [...parameters].flatMap(([segment, text]) => (segment === 'directory' ? [] : [text]));
      const call: Call<unknown> = {
        directory: parameters.get('directory') ?? '',
        name: last,
        body: parseBody(operation, request),
        request,
        by: { kind: 'admin', requestId: request.requestId },
      };
      // Each handler takes the body of its own operation, which TypeScript cannot express for a union of names.
      const handle = handlers[name] as unknown as (call: Call<unknown>) => Promise<Result>;
      return render(await handle(call));
    } catch (error) {
      return toFailure(error, request.requestId, report);
    }
  };
};
