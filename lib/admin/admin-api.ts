/** The admin API: requests below `/admin`, without a word of how they arrived. */
import * as z from 'zod';
import type { Admin } from './admin.ts';
import {
  type AdminError,
  badRequest,
  methodNotAllowed,
  notFound,
  toAdminError,
  toProblem,
  unsupportedMediaType,
} from './admin-error.ts';
import { type DirectoryAnswer, DirectorySettings, type NewTokenAnswer, Slug, TokenSettings } from './messages.ts';

export type AdminRequest = {
  readonly method: string;
  /** What follows `/admin`, for example `/directories/acme/tokens`. */
  readonly path: string;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
  /** The URL that an identity provider wants, without a slash at the end. */
  readonly baseUrl: string;
};
export type AdminAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
export type AdminApiOptions = {
  readonly admin: Admin;
  /** Told what went wrong on our side; it must not be told to the caller. */
  readonly report: (error: unknown) => void;
};

type Result = { readonly status: number; readonly body?: object };
type Call = { readonly parameters: readonly string[]; readonly request: AdminRequest };
type Operation = (call: Call) => Promise<Result>;
/** Segments of a path, `*` for any, with the operation of each method. */
type Endpoint = readonly [path: readonly string[], methods: Readonly<Record<string, Operation>>];

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON.');
  }
};

const JSON_TYPE = /^application\/json[ \t]*(;|$)/i;
/** @throws AdminError 400 that names each wrong field */
const parseBody = <Body>(schema: z.core.$ZodType<Body>, { body = '', contentType = '' }: AdminRequest): Body => {
  // Also keeps a web page from writing to the local run: browsers ask before they send this type elsewhere.
  if (!JSON_TYPE.test(contentType)) throw unsupportedMediaType('The body must be application/json.');
  const parsed = z.safeParse(schema, parseJson(body));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw badRequest(faults.slice(0, 5).join('; '));
};

const endpointsOf = (admin: Admin): readonly Endpoint[] => [
  [
    ['directories'],
    {
      GET: async () => ({ status: 200, body: { directories: await admin.listDirectories() } }),
      POST: async ({ request }) => {
        const made = await admin.createDirectory(parseBody(DirectorySettings, request));
        return { status: 201, body: { ...made, baseUrl: request.baseUrl } satisfies DirectoryAnswer };
      },
    },
  ],
  [
    ['directories', '*'],
    {
      GET: async ({ parameters: [directory = ''], request }) => {
        const found = await admin.readDirectory(directory);
        return { status: 200, body: { ...found, baseUrl: request.baseUrl } satisfies DirectoryAnswer };
      },
    },
  ],
  [
    ['directories', '*', 'tokens'],
    {
      GET: async ({ parameters: [directory = ''] }) => ({
        status: 200,
        body: { tokens: await admin.listTokens(directory) },
      }),
      POST: async ({ parameters: [directory = ''], request }) => {
        const made = await admin.createToken(directory, parseBody(TokenSettings, request));
        const body = { ...made, scopes: [...made.scopes], baseUrl: request.baseUrl } satisfies NewTokenAnswer;
        return { status: 201, body };
      },
    },
  ],
  [
    ['directories', '*', 'tokens', '*'],
    {
      DELETE: async ({ parameters: [directory = '', key = ''] }) => {
        await admin.revokeToken(directory, key);
        return { status: 204 };
      },
    },
  ],
];

const toParameters = (pattern: readonly string[], segments: readonly string[]): readonly string[] | undefined =>
  pattern.length === segments.length && pattern.every((part, i) => part === '*' || part === segments[i])
    ? segments.filter((_, i) => pattern[i] === '*')
    : undefined;

const find = (endpoints: readonly Endpoint[], { method, path }: AdminRequest) => {
  const segments = path.split('/').filter((segment) => segment !== '');
  for (const [pattern, methods] of endpoints) {
    const parameters = toParameters(pattern, segments);
    if (parameters === undefined) continue;
    const [directory] = parameters;
    if (directory !== undefined && !Slug.safeParse(directory).success) break;
    const operation = new Map(Object.entries(methods)).get(method);
    if (operation === undefined) throw methodNotAllowed(Object.keys(methods).join(', '));
    return { operation, parameters };
  }
  throw notFound('There is no such admin endpoint or directory.');
};

const render = ({ status, body }: Result): AdminAnswer =>
  body === undefined
    ? { status, headers: {}, body: '' }
    : { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };

const renderError = (error: AdminError): AdminAnswer => ({
  status: error.status,
  headers: { 'Content-Type': 'application/problem+json', ...error.headers },
  body: JSON.stringify(toProblem(error)),
});

/** @returns a function that never throws */
export function createAdminApi({ admin, report }: AdminApiOptions): (request: AdminRequest) => Promise<AdminAnswer> {
  const endpoints = endpointsOf(admin);
  return async (request) => {
    try {
      const { operation, parameters } = find(endpoints, request);
      return render(await operation({ parameters, request }));
    } catch (error) {
      const known = toAdminError(error);
      if (known.status >= 500) report(error);
      return renderError(known);
    }
  };
}
