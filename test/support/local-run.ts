/** The whole product as `npm start` runs it, in a separate process, for one test file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, vi } from 'vitest';
import * as z from 'zod';

const Ready = z.object({
  baseUrl: z.string(),
  token: z.string(),
  directory: z.string(),
  eventsFile: z.string(),
  directories: z.array(z.object({ id: z.string(), token: z.string() })),
  /** Present with `--forward`. */
  forwardSecret: z.string().optional(),
});
export type Run = z.infer<typeof Ready>;

/** The response to a request, with its JSON parsed. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object if the body is empty. */
  readonly json: Json;
};
// biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of a response, and fails if that is missing
type Json = any;

const root = new URL('../..', import.meta.url).pathname;

const readyLine = (child: ChildProcess, lines: string[]) =>
  new Promise<Run>((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) return reject(new Error('no output'));
    createInterface(child.stderr).on('line', (line) => lines.push(line));
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('{')) resolve(Ready.parse(JSON.parse(line)));
    });
    child.once('exit', (code) => reject(new Error(`the run exited with ${code}: ${lines.join('\n')}`)));
  });

export type RunOptions = {
  readonly directories?: readonly object[];
  /** Additional command-line options. */
  readonly options?: readonly string[];
};

/** Starts the run. Call it once at the top of a test file. @returns the run, and functions to send it requests */
export function useLocalRun({ directories, options: more = [] }: RunOptions = {}) {
  const held: { child?: ChildProcess; run?: Run; folder?: string } = {};
  const lines: string[] = [];
  beforeAll(async () => {
    held.folder = mkdtempSync(`${tmpdir()}/rollcall-test-`);
    const settings = `${held.folder}/settings.json`;
    if (directories !== undefined) writeFileSync(settings, JSON.stringify({ directories }));
    const options = [
      '--memory',
      '--json',
      '--port',
      '0',
      ...(directories === undefined ? [] : ['--settings', settings]),
      ...more,
    ];
    held.child = spawn(process.execPath, ['--import', 'tsx', 'bin/dev-server.ts', ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    held.run = await readyLine(held.child, lines);
  });
  afterAll(async () => {
    const { child, folder } = held;
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const run = (): Run => {
    if (held.run === undefined) throw new Error('the run has not started');
    return held.run;
  };
  const tokenOf = (directory: string | undefined): string => {
    const { token, directories: all } = run();
    return directory === undefined ? token : (all.find(({ id }) => id === directory)?.token ?? '');
  };
  type Sent = {
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
    /** @default the first directory */
    readonly directory?: string;
  };
  /** Sends a request. @param path below the SCIM root, as sent */
  const ask = async (method: string, path: string, { body, headers = {}, directory }: Sent = {}): Promise<Answer> => {
    const response = await fetch(`${run().baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(directory)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? {} : (JSON.parse(text) as Json),
    };
  };
  /** The events published so far, as a subscriber receives them. */
  const events = (): Json[] =>
    readFileSync(run().eventsFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Json);
  /**
   * Waits until the events of all requests answered so far are published, by creating two users in turn. The stream is
   * ordered, but the first user may be published before other changes in its batch; the second is in a later batch.
   * @param directory where the users are created
   */
  const allTold = async (directory: string): Promise<void> => {
    for (const _ of ['first', 'second']) {
      const { json } = await ask('POST', '/Users', { directory, body: user(crypto.randomUUID()) });
      await vi.waitUntil(() => events().some(({ detail }) => detail.user?.id === json.id), { timeout: 90_000 });
    }
  };
  /** The standard error of the run so far. */
  const log = () => lines.join('\n');
  return { run, ask, tokenOf, events, allTold, said: log };
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const user = (userName: string, more: object = {}) => ({ schemas: [USER], userName, ...more });
export const group = (displayName: string, more: object = {}) => ({ schemas: [GROUP], displayName, ...more });
export const operations = (...list: object[]) => ({ schemas: [PATCH_OP], Operations: list });
