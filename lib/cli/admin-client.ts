/** The admin API, called over HTTP. */
import * as z from 'zod';
import {
  DirectoryAnswer,
  DirectoryListAnswer,
  type DirectorySettings,
  NewTokenAnswer,
  Problem,
  TokenListAnswer,
  type TokenSettings,
} from '../admin/messages.ts';
import { CliError } from './cli-error.ts';
import type { Deployment } from './deployment.ts';

/** Every method throws CliError. */
export type AdminClient = {
  createDirectory(settings: z.input<typeof DirectorySettings>): Promise<DirectoryAnswer>;
  listDirectories(): Promise<z.infer<typeof DirectoryListAnswer>>;
  createToken(directory: string, settings: z.input<typeof TokenSettings>): Promise<NewTokenAnswer>;
  listTokens(directory: string): Promise<z.infer<typeof TokenListAnswer>>;
  revokeToken(directory: string, key: string): Promise<void>;
};

type Call = { readonly method: string; readonly path: readonly string[]; readonly body?: object };

const TIMEOUT_MS = 30_000;

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What API Gateway says by itself is in SCIM's shape: it has a `detail` too. */
const Refusal = z.union([Problem, z.object({ detail: z.string() }), z.object({ message: z.string() })]);
export const toRefusal = (status: number, text: string): CliError => {
  const refusal = Refusal.safeParse(parseJson(text)).data;
  if (refusal === undefined) return new CliError(`The server answered ${status}.`);
  return new CliError('detail' in refusal ? refusal.detail : `The server answered ${status}: ${refusal.message}`);
};

export const unreachable = (url: URL, error: unknown): CliError => {
  if (error instanceof CliError) return error;
  const hint = url.hostname === '127.0.0.1' ? ' Is the local run started (npm start)?' : '';
  return new CliError(`Cannot reach ${url.origin}.${hint}`);
};

export function createAdminClient({ adminUrl, sign }: Deployment): AdminClient {
  const send = async ({ method, path, body }: Call): Promise<string> => {
    const url = new URL([adminUrl, ...path.map(encodeURIComponent)].join('/'));
    const request = {
      method,
      url,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    };
    const headers = sign === undefined ? request.headers : await sign(request);
    const init = { method, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const [response, text] = await fetch(url, request.body === undefined ? init : { ...init, body: request.body })
      .then(async (answer) => [answer, await answer.text()] as const)
      .catch((error: unknown) => Promise.reject(unreachable(url, error)));
    if (!response.ok) throw toRefusal(response.status, text);
    return text;
  };

  const ask = async <Answer>(call: Call, answer: z.ZodType<Answer>): Promise<Answer> => {
    const parsed = answer.safeParse(parseJson(await send(call)));
    if (!parsed.success) throw new CliError(`${adminUrl} does not answer like the admin API: is the URL right?`);
    return parsed.data;
  };

  const tokens = (directory: string) => ['directories', directory, 'tokens'];
  return {
    createDirectory: (body) => ask({ method: 'POST', path: ['directories'], body }, DirectoryAnswer),
    listDirectories: () => ask({ method: 'GET', path: ['directories'] }, DirectoryListAnswer),
    createToken: (directory, body) => ask({ method: 'POST', path: tokens(directory), body }, NewTokenAnswer),
    listTokens: (directory) => ask({ method: 'GET', path: tokens(directory) }, TokenListAnswer),
    revokeToken: async (directory, key) => {
      await send({ method: 'DELETE', path: [...tokens(directory), key] });
    },
  };
}
