/**
 * The admin API, called over HTTP from any Node program: the engineer's own backend, and `scim`. Paths, bodies and
 * answers are those of the API's own table of operations.
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

/** A refusal of the admin API, or that it cannot be reached; the message is for people. */
export class AdminClientError extends Error {
  /** Of the answer; undefined: there was none, or it was not the admin API's. */
  readonly status: number | undefined;
  constructor(message: string, { status, cause }: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'AdminClientError';
    this.status = status;
  }
}

/** Query parameters as SCIM names them: filter, startIndex, count, cursor, sortBy, attributes, ... */
export type ResourceQuery = Readonly<Record<string, string>>;
type Id = string;

/** Any request of the admin API: segments of its path, and a body. */
type AdminCall = { readonly method: string; readonly path: readonly string[]; readonly body?: object };

/** Every method throws AdminClientError. */
export type AdminClient = {
  /** For callers that bring messages of their own. */
  ask<Answer>(call: AdminCall, answer: z.core.$ZodType<Answer>): Promise<Answer>;
  createDirectory(settings: z.input<typeof DirectorySettings>): Promise<DirectoryAnswer>;
  /** All of them, in the order of their ids. */
  listDirectories(): Promise<Pick<z.infer<typeof DirectoryListAnswer>, 'directories'>>;
  readDirectory(directory: Id): Promise<DirectoryAnswer>;
  /** @param patch the settings to change; null takes one back (RFC 7396) */
  changeDirectory(directory: Id, patch: Readonly<Record<string, unknown>>): Promise<DirectoryAnswer>;
  pauseDirectory(directory: Id): Promise<DirectoryAnswer>;
  resumeDirectory(directory: Id): Promise<DirectoryAnswer>;
  /** Repeats the request until nothing of the directory is left. @param onProgress told after each step before the last */
  deleteDirectory(directory: Id, onProgress?: (progress: DeletionAnswer) => void): Promise<void>;
  createToken(directory: Id, settings: z.input<typeof TokenSettings>): Promise<NewTokenAnswer>;
  listTokens(directory: Id): Promise<z.infer<typeof TokenListAnswer>>;
  /** @param token its id or name */
  rotateToken(directory: Id, token: string, rotation?: z.input<typeof Rotation>): Promise<RotationAnswer>;
  revokeToken(directory: Id, token: string): Promise<void>;
  listUsers(directory: Id, query?: ResourceQuery): Promise<z.infer<typeof ListAnswer>>;
  readUser(directory: Id, id: Id, query?: ResourceQuery): Promise<z.infer<typeof ResourceAnswer>>;
  listGroups(directory: Id, query?: ResourceQuery): Promise<z.infer<typeof ListAnswer>>;
  readGroup(directory: Id, id: Id, query?: ResourceQuery): Promise<z.infer<typeof ResourceAnswer>>;
};

export type AdminClientOptions = {
  /** Of the admin API, for example `https://abc.execute-api.eu-central-1.amazonaws.com/scim/admin`; no slash at its end. */
  readonly adminUrl: string;
  /** Signs requests for AWS (`createSigner`); the local run needs none. */
  readonly sign?: Sign;
};

type Call = {
  /** Segments of the path by name. */
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

const UNSIGNED = ' A deployment in AWS takes signed requests only: does this one have to be signed (scim: --sign)?';
/** What API Gateway says by itself is in SCIM's shape: it has a `detail` too. */
const Refusal = z.union([Problem, z.object({ detail: z.string() }), z.object({ message: z.string() })]);
type Asked = { readonly sign: Sign | undefined };
export const toRefusal = (status: number, text: string, { sign }: Asked): AdminClientError => {
  const refusal = z.safeParse(Refusal, parseJson(text)).data;
  if (refusal === undefined) return new AdminClientError(`The server answered ${status}.`, { status });
  const detail = 'detail' in refusal ? refusal.detail : `The server answered ${status}: ${refusal.message}`;
  // API Gateway says so of paths that there are not, and of any request to the admin API that is not signed.
  const hint = status === 404 && sign === undefined && !('title' in refusal) ? UNSIGNED : '';
  return new AdminClientError(`${detail}${hint}`, { status });
};

export const unreachable = (url: URL, cause: unknown): AdminClientError => {
  const hint = url.hostname === '127.0.0.1' ? ' Is the local run started (npm start)?' : '';
  return new AdminClientError(`Cannot reach ${url.origin}.${hint}`, { cause });
};

/**
 * URLs have no `.` and `..` but as steps to another path (RFC 3986 section 5.2.4), written with % too: a token so named
 * would be the directory that it is of.
 * @throws AdminClientError
 */
const toSegment = (text: string): string => {
  if (/^\.{0,2}$/.test(text)) throw new AdminClientError(`Nothing has the id or name "${text}".`);
  return encodeURIComponent(text);
};

const urlOf = (adminUrl: string, path: string, { at = {}, query = {} }: Call): URL => {
  const parameters = new Map(Object.entries(at));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => toSegment(parameters.get(name) ?? ''));
  const url = new URL(`${adminUrl}${filled}`);
  // A plus sign is a space to some and a plus to others, and the signature is over the one or the other.
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

const strange = (adminUrl: string) =>
  new AdminClientError(`${adminUrl} does not answer like the admin API: is the URL right?`);

const createAsk = (options: AdminClientOptions): AdminClient['ask'] => {
  const request = createRequest(options);
  return async ({ method, path, body }, answer) => {
    const url = new URL([options.adminUrl, ...path.map(toSegment)].join('/'));
    const parsed = z.safeParse(answer, parseJson((await request({ method, url, body })).text));
    if (!parsed.success) throw strange(options.adminUrl);
    return parsed.data;
  };
};

const createSend = (options: AdminClientOptions) => {
  const request = createRequest(options);
  return async <Name extends OperationName>(name: Name, call: Call = {}): Promise<AnswerOf<Name>> => {
    const { method, path, answers: known } = operations[name];
    const { status, text } = await request({ method, url: urlOf(options.adminUrl, path, call), body: call.body });
    const answers = new Map<string, z.core.$ZodType | undefined>(Object.entries(known));
    const schema = answers.get(String(status));
    const parsed =
      schema === undefined ? { data: undefined, success: text === '' } : z.safeParse(schema, parseJson(text));
    if (!parsed.success || !answers.has(String(status))) throw strange(options.adminUrl);
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
  let begun: DeletionAnswer | undefined;
  for (;;) {
    // Who deletes it too may have been faster, and have made another one of that id.
    const query = begun === undefined ? {} : { createdAt: begun.createdAt };
    const progress = await send('deleteDirectory', { at: { directory }, query }).catch((error: unknown) => {
      if (begun !== undefined && error instanceof AdminClientError && error.status === 404) return undefined;
      throw error;
    });
    if (progress === undefined) return;
    begun = progress;
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
    listTokens: (directory) => send('listTokens', { at: { directory } }),
    rotateToken: (directory, token, body = {}) => send('rotateToken', { at: { directory, token }, body }),
    revokeToken: (directory, token) => send('revokeToken', { at: { directory, token } }),
    listUsers: (directory, query = {}) => send('listUsers', { at: { directory }, query }),
    readUser: (directory, resource, query = {}) => send('readUser', { at: { directory, resource }, query }),
    listGroups: (directory, query = {}) => send('listGroups', { at: { directory }, query }),
    readGroup: (directory, resource, query = {}) => send('readGroup', { at: { directory, resource }, query }),
  };
}
