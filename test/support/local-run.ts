/** The whole product as `npm start` runs it, in a separate process, for one test file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, vi } from 'vitest';
import * as z from 'zod';
import { programArguments } from './programs.ts';

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
  /** Path of the built program. @default the one that the project provides */
  readonly program?: string;
};

export type StartedRun = {
  readonly run: Run;
  /** Lines of its standard error so far. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<void>;
};

/** Starts a run. @throws Error with its standard error if it exits before it is ready */
export const startLocalRun = async ({
  directories,
  options: more = [],
  program,
}: RunOptions = {}): Promise<StartedRun> => {
  const lines: string[] = [];
  const folder = mkdtempSync(`${tmpdir()}/rollcall-test-`);
  const settings = `${folder}/settings.json`;
  if (directories !== undefined) writeFileSync(settings, JSON.stringify({ directories }));
  const options = [
    '--memory',
    '--json',
    '--port',
    '0',
    ...(directories === undefined ? [] : ['--settings', settings]),
    ...more,
  ];
  const child = spawn(
    process.execPath,
    [...(program === undefined ? programArguments('dev-server') : [program]), ...options],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { run: await readyLine(child, lines), lines, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};

/** Functions that send requests to a run. */
export const requestsTo = (run: () => Run) => {
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
  return { tokenOf, ask };
};

/** Starts the run. Call it once at the top of a test file. @returns the run, and functions to send it requests */
export function useLocalRun(options: RunOptions = {}) {
  const held: { started?: StartedRun } = {};
  beforeAll(async () => {
    held.started = await startLocalRun(options);
  });
  afterAll(() => held.started?.stop());
  const started = (): StartedRun => {
    if (held.started === undefined) throw new Error('the run has not started');
    return held.started;
  };
  const run = () => started().run;
  const { tokenOf, ask } = requestsTo(run);
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
  const log = () => started().lines.join('\n');
  return { run, ask, tokenOf, events, allTold, said: log };
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const user = (userName: string, more: object = {}) => ({ schemas: [USER], userName, ...more });
export const group = (displayName: string, more: object = {}) => ({ schemas: [GROUP], displayName, ...more });
export const operations = (...list: object[]) => ({ schemas: [PATCH_OP], Operations: list });
