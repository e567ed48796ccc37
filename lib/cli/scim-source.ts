/** Export source for any SCIM server, read with a bearer token as a client would (RFC 7644 section 3.4.2). */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { mapAhead } from '../common/parallel.ts';
import type { ExportSource } from '../transfer/export-directory.ts';
import type { Resource } from '../transfer/transfer-messages.ts';
import { CliError } from './cli-error.ts';

export type ScimServer = {
  /** The SCIM root, without a trailing slash. */
  readonly baseUrl: string;
  readonly token: string;
};

const TIMEOUT_MS = 60_000;
const MAX_ATTEMPTS = 6;
const RETRYABLE = new Set([429, 503]);
const MAX_PAUSE_SECONDS = 30;
const PAGE_SIZE = 100;
const GROUPS_AHEAD = 4;
const Resources = z.record(z.string(), z.json());
const ListResponse = z.object({ totalResults: z.int(), Resources: z.array(Resources).default([]) });
const ScimError = z.object({ detail: z.string() });

type Query = Readonly<Record<string, string>>;
type Answer = { readonly body: unknown; readonly omitted: string };

const createGet = ({ baseUrl, token }: ScimServer) => {
  const attempt = async (url: URL): Promise<Response> => {
    const headers = { accept: 'application/scim+json, application/json', authorization: `Bearer ${token}` };
    try {
      return await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch {
      throw new CliError(`Cannot reach ${url.origin}.`);
    }
  };
  const pauseOf = ({ headers }: Response) =>
    1000 * Math.min(MAX_PAUSE_SECONDS, Number(headers.get('retry-after')) || 1);
  const toCliError = (url: URL, { status }: Response, text: string) => {
    const detail = ScimError.safeParse(parseJson(text)).data?.detail ?? '';
    return new CliError(`GET ${url.pathname} failed with status ${status}. ${detail}`.trim());
  };
  return async (path: string, query: Query): Promise<Answer> => {
    const url = new URL(`${baseUrl}/${path}?${new URLSearchParams(query)}`);
    for (let attempts = 1; ; attempts++) {
      const response = await attempt(url);
      const text = await response.text();
      if (response.ok) return { body: parseJson(text), omitted: response.headers.get('x-rollcall-omitted') ?? '' };
      if (!RETRYABLE.has(response.status) || attempts === MAX_ATTEMPTS) throw toCliError(url, response, text);
      await wait(pauseOf(response));
    }
  };
};

/** Creates an export source for a SCIM server. Every method throws CliError. */
export function createScimSource(server: ScimServer): ExportSource {
  const get = createGet(server);

  const readPage = async (endpoint: string, query: Query) => {
    const parsed = ListResponse.safeParse((await get(endpoint, query)).body);
    if (!parsed.success) throw new CliError(`${server.baseUrl}/${endpoint} did not return a list. Check --url.`);
    return parsed.data;
  };

  /** Pages by index, so deletions in the meantime may hide other resources (RFC 7644 section 3.4.2.4). */
  async function* list(endpoint: string, query: Query): AsyncGenerator<Resource> {
    const seen = new Set<unknown>();
    for (let startIndex = 1; ; ) {
      const page = await readPage(endpoint, { ...query, startIndex: String(startIndex), count: String(PAGE_SIZE) });
      yield* page.Resources.filter(({ id }) => !seen.has(id));
      for (const { id } of page.Resources) seen.add(id);
      startIndex += page.Resources.length;
      if (page.Resources.length === 0 || startIndex > page.totalResults) return;
    }
  }

  /** Finds members through the `groups` of users, for a group whose members do not fit into one response. */
  const findMembers = async (id: string): Promise<Resource[]> => {
    const members: Resource[] = [];
    const query = { filter: `groups.value eq ${JSON.stringify(id)}`, attributes: 'id' };
    for await (const user of list('Users', query)) members.push({ value: user.id ?? null, type: 'User' });
    return members;
  };

  const readGroup = async ({ id }: Resource): Promise<Resource> => {
    const { body, omitted } = await get(`Groups/${encodeURIComponent(String(id))}`, {});
    const group = Resources.safeParse(body).data;
    if (group === undefined) throw new CliError(`${server.baseUrl}/Groups/${id} did not return a resource.`);
    return omitted === 'members' ? { ...group, members: await findMembers(String(id)) } : group;
  };

  return {
    overview: async () => {
      const count = async (endpoint: string) => (await readPage(endpoint, { count: '1' })).totalResults;
      return { counts: { users: await count('Users'), groups: await count('Groups') } };
    },
    users: () => list('Users', {}),
    groups: () => mapAhead(list('Groups', { attributes: 'id' }), GROUPS_AHEAD, readGroup),
  };
}
