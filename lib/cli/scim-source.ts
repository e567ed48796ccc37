/** Any SCIM server, read with a bearer token as a client would (RFC 7644 section 3.4.2), to export it. */

import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { mapAhead } from '../common/parallel.ts';
import type { ExportSource } from '../transfer/export-directory.ts';
import type { Resource } from '../transfer/transfer-messages.ts';
import { CliError } from './cli-error.ts';

export type ScimServer = {
  /** The SCIM root, without a slash at its end. */
  readonly baseUrl: string;
  readonly token: string;
};

const TIMEOUT_MS = 60_000;
const TRIES = 6;
const PASSING = new Set([429, 503]);
/** Seconds. */
const LONGEST_PAUSE = 30;
const PAGE = 100;
const GROUPS_AHEAD = 4;
const Resources = z.record(z.string(), z.json());
const ListResponse = z.object({ totalResults: z.int(), Resources: z.array(Resources).default([]) });
const ScimError = z.object({ detail: z.string() });

type Query = Readonly<Record<string, string>>;
type Answered = { readonly body: unknown; readonly omitted: string };

const createGet = ({ baseUrl, token }: ScimServer) => {
  const attempt = async (url: URL): Promise<Response> => {
    const headers = { accept: 'application/scim+json, application/json', authorization: `Bearer ${token}` };
    try {
      return await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch {
      throw new CliError(`Cannot reach ${url.origin}.`);
    }
  };
  const pauseOf = ({ headers }: Response) => 1000 * Math.min(LONGEST_PAUSE, Number(headers.get('retry-after')) || 1);
  const refusal = (url: URL, { status }: Response, text: string) => {
    const detail = ScimError.safeParse(parseJson(text)).data?.detail ?? '';
    return new CliError(`GET ${url.pathname} was answered ${status}. ${detail}`.trim());
  };
  return async (path: string, query: Query): Promise<Answered> => {
    const url = new URL(`${baseUrl}/${path}?${new URLSearchParams(query)}`);
    for (let tries = 1; ; tries++) {
      const response = await attempt(url);
      const text = await response.text();
      if (response.ok) return { body: parseJson(text), omitted: response.headers.get('x-rollcall-omitted') ?? '' };
      if (!PASSING.has(response.status) || tries === TRIES) throw refusal(url, response, text);
      await wait(pauseOf(response));
    }
  };
};

/** Every method throws CliError. */
export function createScimSource(server: ScimServer): ExportSource {
  const get = createGet(server);

  const readPage = async (endpoint: string, query: Query) => {
    const parsed = ListResponse.safeParse((await get(endpoint, query)).body);
    if (!parsed.success) throw new CliError(`${server.baseUrl}/${endpoint} does not answer with a list.`);
    return parsed.data;
  };

  /** By index, so what is deleted meanwhile may hide something else (RFC 7644 section 3.4.2.4). */
  async function* list(endpoint: string, query: Query): AsyncGenerator<Resource> {
    const seen = new Set<unknown>();
    for (let startIndex = 1; ; ) {
      const page = await readPage(endpoint, { ...query, startIndex: String(startIndex), count: String(PAGE) });
      yield* page.Resources.filter(({ id }) => !seen.has(id));
      for (const { id } of page.Resources) seen.add(id);
      startIndex += page.Resources.length;
      if (page.Resources.length === 0 || startIndex > page.totalResults) return;
    }
  }

  /** Members that one answer cannot hold are found from their side. */
  const findMembers = async (id: string): Promise<Resource[]> => {
    const members: Resource[] = [];
    const query = { filter: `groups.value eq ${JSON.stringify(id)}`, attributes: 'id' };
    for await (const user of list('Users', query)) members.push({ value: user.id ?? null, type: 'User' });
    return members;
  };

  const readGroup = async ({ id }: Resource): Promise<Resource> => {
    const { body, omitted } = await get(`Groups/${encodeURIComponent(String(id))}`, {});
    const group = Resources.safeParse(body).data;
    if (group === undefined) throw new CliError(`${server.baseUrl}/Groups/${id} is not a resource.`);
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
