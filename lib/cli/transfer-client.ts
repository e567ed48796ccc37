/** Import and export over HTTP: the admin API's part of them, repeated where waiting helps. */

import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import { type AdminClientOptions, toRefusal, unreachable } from '../admin-client/admin-client.ts';
import { exponentialDelay } from '../common/backoff.ts';
import { parseJson } from '../common/json-text.ts';
import { mapAhead } from '../common/parallel.ts';
import type { ExportSource } from '../transfer/export-directory.ts';
import type { ImportTarget } from '../transfer/import-run.ts';
import {
  ExportOverview,
  ImportAnswer,
  type LineResult,
  MemberPage,
  type MemberValue,
  NDJSON,
  type Resource,
  ResourcePage,
} from '../transfer/transfer-messages.ts';
import { CliError } from './cli-error.ts';

type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** NDJSON. */
  readonly body?: string;
};
type Ask = <Answer>(call: Call, answer: z.core.$ZodType<Answer>) => Promise<Answer>;

const TIMEOUT_MS = 40_000;
/** About a minute in all. */
const TRIES = 12;
const BACKOFF = { firstMs: 100, longestMs: 8000 };
const GROUPS_AHEAD = 6;
const PASSING = new Set([429, 500, 502, 503, 504]);

const pause = (attempt: number, retryAfter = 0) =>
  wait(Math.max(exponentialDelay(attempt, BACKOFF) * (0.5 + Math.random() / 2), retryAfter * 1000));

const toUrl = (root: string, { path, query = {} }: Call): URL => {
  const url = new URL([root, ...path.map(encodeURIComponent)].join('/'));
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
};

type Answered = { readonly status: number; readonly text: string; readonly retryAfter: number };

/** @throws CliError when it is refused, or when nobody answers any more */
const createAsk = ({ adminUrl, sign }: AdminClientOptions): Ask => {
  const attemptOnce = async (call: Call, url: URL): Promise<Answered> => {
    const plain = { accept: 'application/json', ...(call.body === undefined ? {} : { 'content-type': NDJSON }) };
    const { method, body } = call;
    const headers = sign === undefined ? plain : await sign({ method, url, headers: plain, body });
    const init = { method, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const response = await fetch(url, body === undefined ? init : { ...init, body });
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    return { status: response.status, text: await response.text(), retryAfter };
  };

  /** @returns undefined when it may pass by waiting */
  const attempt = async (call: Call, url: URL, isLast: boolean): Promise<Answered | undefined> => {
    try {
      const answered = await attemptOnce(call, url);
      return PASSING.has(answered.status) && !isLast ? undefined : answered;
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (isLast) throw unreachable(url, error);
      return undefined;
    }
  };

  return async (call, schema) => {
    const url = toUrl(adminUrl, call);
    for (let tries = 1; ; tries++) {
      const answered = await attempt(call, url, tries === TRIES);
      if (answered === undefined) {
        await pause(tries);
        continue;
      }
      if (answered.status >= 400) throw toRefusal(answered.status, answered.text, { sign });
      const parsed = z.safeParse(schema, parseJson(answered.text));
      if (!parsed.success) throw new CliError(`${adminUrl} does not answer like the admin API: is the URL right?`);
      return parsed.data;
    }
  };
};

/** Page after page. */
async function* walk<Page extends { readonly after?: string | undefined }>(
  read: (after: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let page = await read(undefined);
  yield page;
  while (page.after !== undefined) {
    page = await read(page.after);
    yield page;
  }
}

async function* membersOf(ask: Ask, directory: string, group: string): AsyncGenerator<MemberValue> {
  const path = ['directories', directory, 'export', 'Groups', group, 'members'];
  for await (const page of walk((after) => ask({ method: 'GET', path, query: { after } }, MemberPage)))
    yield* page.members;
}

/** A directory of a deployment. Every method throws CliError. */
export function createExportSource(deployment: AdminClientOptions, directory: string): ExportSource {
  const ask = createAsk(deployment);
  const root = ['directories', directory, 'export'];
  async function* resources(endpoint: string): AsyncGenerator<Resource> {
    const path = [...root, endpoint];
    for await (const page of walk((after) => ask({ method: 'GET', path, query: { after } }, ResourcePage)))
      yield* page.resources;
  }
  const withMembers = async (group: Resource): Promise<Resource> => {
    const members: MemberValue[] = [];
    for await (const member of membersOf(ask, directory, String(group.id))) members.push(member);
    return { ...group, members };
  };
  return {
    overview: () => ask({ method: 'GET', path: root }, ExportOverview),
    users: () => resources('Users'),
    groups: () => mapAhead(resources('Groups'), GROUPS_AHEAD, withMembers),
  };
}

const unfinished = (detail = 'the server does not get on with it.') =>
  new CliError(`The import did not end: ${detail} The same command goes on where it ended.`);

type Where = { readonly endpoint: readonly string[]; readonly dryRun: boolean };
type Waiting = readonly { readonly text: string; readonly at: number }[];

/** A directory of a deployment, to import into. Every method throws CliError. */
export function createImportTarget(deployment: AdminClientOptions, directory: string, keepIds: boolean): ImportTarget {
  const ask = createAsk(deployment);

  /** @returns what the server did not come to */
  const sendOnce = async ({ endpoint, dryRun }: Where, waiting: Waiting, results: LineResult[]) => {
    const body = waiting.map(({ text }) => `${text}\n`).join('');
    const path = ['directories', directory, ...endpoint];
    const query = { keepIds: String(keepIds), dryRun: String(dryRun) };
    const answer = await ask({ method: 'POST', path, query, body }, ImportAnswer);
    const byLine = new Map(answer.results.map((result) => [result.line, result]));
    const left = waiting.filter(({ at }, i) => {
      const result = byLine.get(i + 1);
      if (result === undefined || result.outcome === 'unfinished') return true;
      results[at] = { ...result, line: at + 1 };
      return false;
    });
    return { left, detail: answer.results.find(({ outcome }) => outcome === 'unfinished')?.detail };
  };

  /** As long as some of it is done each time, it goes on. */
  const sendAll = async (where: Where, lines: readonly string[]): Promise<LineResult[]> => {
    const results: LineResult[] = [];
    let waiting: Waiting = lines.map((text, at) => ({ text, at }));
    let idle = 0;
    while (waiting.length > 0) {
      const { left, detail } = await sendOnce(where, waiting, results);
      idle = left.length < waiting.length ? 0 : idle + 1;
      if (idle === TRIES) throw unfinished(detail);
      if (left.length > 0) await pause(idle);
      waiting = left;
    }
    return results;
  };

  return {
    sendResources: (lines, dryRun) => sendAll({ endpoint: ['import'], dryRun }, lines),
    sendMemberships: (changes) =>
      sendAll(
        { endpoint: ['import', 'memberships'], dryRun: false },
        changes.map((change) => JSON.stringify(change)),
      ),
    readMembers: (group) => membersOf(ask, directory, group),
  };
}
