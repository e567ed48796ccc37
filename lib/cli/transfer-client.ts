/** Import and export through the admin API, with retries of transient failures. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import { AdminClientError, type AdminClientOptions, toRefusal, unreachable } from '../admin-client/admin-client.ts';
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
  /** Newline-delimited JSON. */
  readonly body?: string;
};
type Ask = <Answer>(call: Call, answer: z.core.$ZodType<Answer>) => Promise<Answer>;

const TIMEOUT_MS = 40_000;
/** About a minute in total. */
const MAX_ATTEMPTS = 12;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 8000;
const GROUPS_AHEAD = 6;
const RETRYABLE = new Set([429, 500, 502, 503, 504]);

const pause = (attempt: number, retryAfter = 0) =>
  wait(
    Math.max(
      exponentialDelay(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2),
      retryAfter * 1000,
    ),
  );

const toUrl = (root: string, { path, query = {} }: Call): URL => {
  const url = new URL([root, ...path.map(encodeURIComponent)].join('/'));
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
};

type HttpAnswer = { readonly status: number; readonly text: string; readonly retryAfter: number };

/** @returns a caller of the admin API that throws if the request is refused or the server stays unreachable */
const createAsk = ({ adminUrl, sign }: AdminClientOptions): Ask => {
  const attemptOnce = async (call: Call, url: URL): Promise<HttpAnswer> => {
    const plain = { accept: 'application/json', ...(call.body === undefined ? {} : { 'content-type': NDJSON }) };
    const { method, body } = call;
    const headers = sign === undefined ? plain : await sign({ method, url, headers: plain, body });
    const init = { method, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const response = await fetch(url, body === undefined ? init : { ...init, body });
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    return { status: response.status, text: await response.text(), retryAfter };
  };

  /** @returns undefined if a retry may succeed */
  const attempt = async (call: Call, url: URL, isLast: boolean): Promise<HttpAnswer | undefined> => {
    try {
      const answered = await attemptOnce(call, url);
      return RETRYABLE.has(answered.status) && !isLast ? undefined : answered;
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (isLast) throw unreachable(url, error);
      return undefined;
    }
  };

  return async (call, schema) => {
    const url = toUrl(adminUrl, call);
    for (let attempts = 1; ; attempts++) {
      const answered = await attempt(call, url, attempts === MAX_ATTEMPTS);
      if (answered === undefined) {
        await pause(attempts);
        continue;
      }
      if (answered.status >= 400) throw toRefusal(answered.status, answered.text, { sign });
      const parsed = z.safeParse(schema, parseJson(answered.text));
      if (!parsed.success) throw new CliError(`${adminUrl} does not answer like the admin API. Check the URL.`);
      return parsed.data;
    }
  };
};

/** Yields page after page. */
async function* readPages<Page extends { readonly after?: string | undefined }>(
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
  for await (const page of readPages((after) => ask({ method: 'GET', path, query: { after } }, MemberPage)))
    yield* page.members;
}

/** Runs on 404, which means that the group does not exist. @throws the error again if the directory does not exist */
const ifGone = async (error: unknown, readDirectory: () => Promise<unknown>): Promise<void> => {
  if (!(error instanceof AdminClientError && error.status === 404)) throw error;
  await readDirectory();
};

/** Creates an export source for a directory of a deployment. Every method throws CliError or AdminClientError. */
export function createExportSource(deployment: AdminClientOptions, directory: string): ExportSource {
  const ask = createAsk(deployment);
  const root = ['directories', directory, 'export'];
  async function* resources(endpoint: string): AsyncGenerator<Resource> {
    const path = [...root, endpoint];
    for await (const page of readPages((after) => ask({ method: 'GET', path, query: { after } }, ResourcePage)))
      yield* page.resources;
  }
  const overview = () => ask({ method: 'GET', path: root }, ExportOverview);
  /** @returns undefined if the group was deleted after its page was read */
  const withMembers = async (group: Resource): Promise<Resource | undefined> => {
    const members: MemberValue[] = [];
    try {
      for await (const member of membersOf(ask, directory, String(group.id))) members.push(member);
    } catch (error) {
      await ifGone(error, overview);
      return undefined;
    }
    return { ...group, members };
  };
  async function* groups(): AsyncGenerator<Resource> {
    for await (const group of mapAhead(resources('Groups'), GROUPS_AHEAD, withMembers))
      if (group !== undefined) yield group;
  }
  return { overview, users: () => resources('Users'), groups };
}

const unfinished = (detail = 'the server makes no progress.') =>
  new CliError(`The import did not finish: ${detail} Run the same command again to continue.`);

type ImportCall = { readonly endpoint: readonly string[]; readonly dryRun: boolean };
type PendingLines = readonly { readonly text: string; readonly at: number }[];

/** Creates an import target for a directory of a deployment. Every method throws CliError or AdminClientError. */
export function createImportTarget(deployment: AdminClientOptions, directory: string, keepIds: boolean): ImportTarget {
  const ask = createAsk(deployment);

  /** Sends pending lines once and stores their results. @returns the lines that the server did not process */
  const sendOnce = async ({ endpoint, dryRun }: ImportCall, pending: PendingLines, results: LineResult[]) => {
    const body = pending.map(({ text }) => `${text}\n`).join('');
    const path = ['directories', directory, ...endpoint];
    const query = { keepIds: String(keepIds), dryRun: String(dryRun) };
    const answer = await ask({ method: 'POST', path, query, body }, ImportAnswer);
    const byLine = new Map(answer.results.map((result) => [result.line, result]));
    const left = pending.filter(({ at }, i) => {
      const result = byLine.get(i + 1);
      if (result === undefined || result.outcome === 'unfinished') return true;
      results[at] = { ...result, line: at + 1 };
      return false;
    });
    return { left, detail: answer.results.find(({ outcome }) => outcome === 'unfinished')?.detail };
  };

  /** Sends all lines, and gives up only after repeated requests without progress. */
  const sendAll = async (call: ImportCall, lines: readonly string[]): Promise<LineResult[]> => {
    const results: LineResult[] = [];
    let pending: PendingLines = lines.map((text, at) => ({ text, at }));
    let idle = 0;
    while (pending.length > 0) {
      const { left, detail } = await sendOnce(call, pending, results);
      idle = left.length < pending.length ? 0 : idle + 1;
      if (idle === MAX_ATTEMPTS) throw unfinished(detail);
      if (left.length > 0) await pause(idle);
      pending = left;
    }
    return results;
  };

  /** None for a group that a dry run would create. For one that was deleted meanwhile, the server refuses the change. */
  async function* presentMembers(group: string): AsyncGenerator<MemberValue> {
    try {
      yield* membersOf(ask, directory, group);
    } catch (error) {
      await ifGone(error, () => ask({ method: 'GET', path: ['directories', directory, 'export'] }, ExportOverview));
    }
  }

  return {
    sendResources: (lines, dryRun) => sendAll({ endpoint: ['import'], dryRun }, lines),
    sendMemberships: (changes) =>
      sendAll(
        { endpoint: ['import', 'memberships'], dryRun: false },
        changes.map((change) => JSON.stringify(change)),
      ),
    readMembers: presentMembers,
  };
}
