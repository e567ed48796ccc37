/**
 * A typed HTTP client of the admin API, for any Node program such as the engineer's own backend, and for `scim`. Paths
 * and schemas come from the API's own table of operations.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import {
  type DeletionAnswer,
  type DirectoryAnswer,
  type DirectoryListAnswer,
  type DirectorySettings,
  type ListAnswer,
  type NewTokenAnswer,
  Problem,
  type ResourceAnswer,
  type Rotation,
  type RotationAnswer,
  type TokenListAnswer,
  type TokenSettings,
} from '../admin/directory-messages.ts';
import { type OperationName, operations } from '../admin/operations.ts';
import { parseJson } from '../common/json-text.ts';
import type { Sign } from './signature.ts';

/** The admin API refused a request or cannot be reached. The message is human-readable. */
export class AdminClientError extends Error {
  /** HTTP status; undefined if there was no response, or one that is not from the admin API. */
  readonly status: number | undefined;
  /** Whether the admin API itself answered, with problem details. */
  readonly isProblem: boolean;
  constructor(
    message: string,
    options: { readonly status?: number; readonly isProblem?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'AdminClientError';
    this.status = options.status;
    this.isProblem = options.isProblem ?? false;
  }
}

/** Query parameters as SCIM names them: filter, startIndex, count, cursor, sortBy, attributes, ... */
export type ResourceQuery = Readonly<Record<string, string>>;
type Id = string;

/** A request to any path of the admin API, given as segments. */
type AdminCall = { readonly method: string; readonly path: readonly string[]; readonly body?: object };

/** Every method throws AdminClientError. */
export type AdminClient = {
  /** Sends a request that no other method covers. @param answer the schema of the response */
  ask<Answer>(call: AdminCall, answer: z.core.$ZodType<Answer>): Promise<Answer>;
  createDirectory(settings: z.input<typeof DirectorySettings>): Promise<DirectoryAnswer>;
  /** All pages, in order of id. */
  listDirectories(): Promise<Pick<z.infer<typeof DirectoryListAnswer>, 'directories'>>;
  readDirectory(directory: Id): Promise<DirectoryAnswer>;
  /** @param patch the settings to change; null resets one (RFC 7396) */
  changeDirectory(directory: Id, patch: Readonly<Record<string, unknown>>): Promise<DirectoryAnswer>;
  pauseDirectory(directory: Id): Promise<DirectoryAnswer>;
  resumeDirectory(directory: Id): Promise<DirectoryAnswer>;
  /** Repeats the request until the deletion is complete. @param onProgress called after each step but the last */
  deleteDirectory(directory: Id, onProgress?: (progress: DeletionAnswer) => void): Promise<void>;
  createToken(directory: Id, settings: z.input<typeof TokenSettings>): Promise<NewTokenAnswer>;
  /** @param ended includes tokens that are revoked or replaced, until they are cleaned up */
  listTokens(directory: Id, options?: { readonly ended?: boolean }): Promise<z.infer<typeof TokenListAnswer>>;
  /** @param token id or name */
  rotateToken(directory: Id, token: string, rotation?: z.input<typeof Rotation>): Promise<RotationAnswer>;
  revokeToken(directory: Id, token: string): Promise<void>;
  listUsers(directory: Id, query?: ResourceQuery): Promise<z.infer<typeof ListAnswer>>;
  readUser(directory: Id, id: Id, query?: ResourceQuery): Promise<z.infer<typeof ResourceAnswer>>;
  listGroups(directory: Id, query?: ResourceQuery): Promise<z.infer<typeof ListAnswer>>;
  readGroup(directory: Id, id: Id, query?: ResourceQuery): Promise<z.infer<typeof ResourceAnswer>>;
};

export type AdminClientOptions = {
  /** Without a trailing slash, for example `https://abc.execute-api.eu-central-1.amazonaws.com/scim/admin`. */
  readonly adminUrl: string;
  /** Signs requests to a deployment in AWS (`createSigner`). @default unsigned, for the local run */
  readonly sign?: Sign;
};

type Call = {
  /** Path parameters by name. */
  readonly at?: Readonly<Record<string, string>>;
  readonly query?: ResourceQuery;
  readonly body?: object;
};
type Answers<Name extends OperationName> = (typeof operations)[Name]['answers'];
type Parsed<Schema> = Schema extends z.core.$ZodType ? z.output<Schema> : undefined;
type AnswerOf<Name extends OperationName> = {
  [Status in keyof Answers<Name>]: Parsed<Answers<Name>[Status]>;
}[keyof Answers<Name>];

const TIMEOUT_MS = 30_000;

const UNSIGNED = ' If this is a deployment in AWS, sign the request (scim: pass --sign).';
/** Problem details, or an error of API Gateway itself: in the shape of SCIM, with `detail`, or with `message`. */
const Refusal = z.union([Problem, z.object({ detail: z.string() }), z.object({ message: z.string() })]);
type Signing = { readonly sign: Sign | undefined };
export const toRefusal = (status: number, text: string, { sign }: Signing): AdminClientError => {
  const refusal = z.safeParse(Refusal, parseJson(text)).data;
  if (refusal === undefined) return new AdminClientError(`The server returned status ${status}.`, { status });
  const detail = 'detail' in refusal ? refusal.detail : `The server returned status ${status}: ${refusal.message}`;
  // API Gateway returns 404 for unknown paths, and for every unsigned request to the admin API.
  const hint = status === 404 && sign === undefined && !('title' in refusal) ? UNSIGNED : '';
  return new AdminClientError(`${detail}${hint}`, { status, isProblem: 'title' in refusal });
};

export const unreachable = (url: URL, cause: unknown): AdminClientError => {
  const hint = url.hostname === '127.0.0.1' ? ' Start the local run with npm start.' : '';
  return new AdminClientError(`Cannot reach ${url.origin}.${hint}`, { cause });
};

/**
 * Encodes a path segment. Refuses `.` and `..`, which URLs resolve even when percent-encoded (RFC 3986 section 5.2.4):
 * a request for a token of such a name would reach its directory instead.
 * @throws AdminClientError
 */
const toSegment = (text: string): string => {
  if (/^\.{0,2}$/.test(text)) throw new AdminClientError(`"${text}" is not a valid id or name.`);
  return encodeURIComponent(text);
};

const urlOf = (adminUrl: string, path: string, { at = {}, query = {} }: Call): URL => {
  const parameters = new Map(Object.entries(at));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => toSegment(parameters.get(name) ?? ''));
  const url = new URL(`${adminUrl}${filled}`);
  // Some parsers read `+` as a space and others as a plus, which would break the signature.
  url.search = new URLSearchParams(query).toString().replaceAll('+', '%20');
  return url;
};

type Request = { readonly method: string; readonly url: URL; readonly body?: object | undefined };

const createRequest =
  ({ sign }: AdminClientOptions) =>
  async ({ method, url, body: content }: Request) => {
    const body = content && JSON.stringify(content);
    const plain = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const headers = sign === undefined ? plain : await sign({ method, url, headers: plain, body });
    const init = { method, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const [response, text] = await fetch(url, body === undefined ? init : { ...init, body })
      .then(async (answer) => [answer, await answer.text()] as const)
      .catch((error: unknown) => Promise.reject(unreachable(url, error)));
    if (!response.ok) throw toRefusal(response.status, text, { sign });
    return { status: response.status, text };
  };

const unexpectedAnswer = (adminUrl: string) =>
  new AdminClientError(`The response of ${adminUrl} is not one of the admin API. Check the URL.`);

const createAsk = (options: AdminClientOptions): AdminClient['ask'] => {
  const request = createRequest(options);
  return async ({ method, path, body }, answer) => {
    const url = new URL([options.adminUrl, ...path.map(toSegment)].join('/'));
    const parsed = z.safeParse(answer, parseJson((await request({ method, url, body })).text));
    if (!parsed.success) throw unexpectedAnswer(options.adminUrl);
    return parsed.data;
  };
};

const createSend = (options: AdminClientOptions) => {
  const request = createRequest(options);
  return async <Name extends OperationName>(name: Name, call: Call = {}): Promise<AnswerOf<Name>> => {
    const { method, path, answers: schemas } = operations[name];
    const { status, text } = await request({ method, url: urlOf(options.adminUrl, path, call), body: call.body });
    const answers = new Map<string, z.core.$ZodType | undefined>(Object.entries(schemas));
    const schema = answers.get(String(status));
    const parsed =
      schema === undefined ? { data: undefined, success: text === '' } : z.safeParse(schema, parseJson(text));
    if (!parsed.success || !answers.has(String(status))) throw unexpectedAnswer(options.adminUrl);
    return parsed.data as AnswerOf<Name>;
  };
};
type Send = ReturnType<typeof createSend>;

const listAll = async (send: Send) => {
  const directories: z.infer<typeof DirectoryListAnswer>['directories'] = [];
  let after: string | undefined;
  do {
    const page = await send('listDirectories', after === undefined ? {} : { query: { after } });
    directories.push(...page.directories);
    after = page.next;
  } while (after !== undefined);
  return { directories };
};

const deleteAll = async (send: Send, directory: Id, onProgress: (progress: DeletionAnswer) => void) => {
  let latest: DeletionAnswer | undefined;
  for (;;) {
    // Another caller may have completed the deletion, and even have created a new directory with the same id.
    const query = latest === undefined ? {} : { createdAt: latest.createdAt };
    const progress = await send('deleteDirectory', { at: { directory }, query }).catch((error: unknown) => {
      if (latest !== undefined && error instanceof AdminClientError && error.status === 404) return undefined;
      throw error;
    });
    if (progress === undefined) return;
    latest = progress;
    onProgress(progress);
    await sleep(progress.waitSeconds * 1000);
  }
};

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const send = createSend(options);
  return {
    ask: createAsk(options),
    createDirectory: (body) => send('createDirectory', { body }),
    listDirectories: () => listAll(send),
    readDirectory: (directory) => send('readDirectory', { at: { directory } }),
    changeDirectory: (directory, body) => send('changeDirectory', { at: { directory }, body }),
    pauseDirectory: (directory) => send('pauseDirectory', { at: { directory } }),
    resumeDirectory: (directory) => send('resumeDirectory', { at: { directory } }),
    deleteDirectory: (directory, onProgress = () => undefined) => deleteAll(send, directory, onProgress),
    createToken: (directory, body) => send('createToken', { at: { directory }, body }),
    listTokens: (directory, { ended = false } = {}) =>
      send('listTokens', { at: { directory }, query: ended ? { ended: 'true' } : {} }),
    rotateToken: (directory, token, body = {}) => send('rotateToken', { at: { directory, token }, body }),
    revokeToken: (directory, token) => send('revokeToken', { at: { directory, token } }),
    listUsers: (directory, query = {}) => send('listUsers', { at: { directory }, query }),
    readUser: (directory, resource, query = {}) => send('readUser', { at: { directory, resource }, query }),
    listGroups: (directory, query = {}) => send('listGroups', { at: { directory }, query }),
    readGroup: (directory, resource, query = {}) => send('readGroup', { at: { directory, resource }, query }),
  };
}
