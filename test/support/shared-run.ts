/**
 * One local run for all test files that need no options of their own. Each file gets directories of its own in it, so
 * that files do not see each other's resources. The run's events are not separated: a file that reads them starts its
 * own run.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import * as z from 'zod';
import { type Run, requestsTo, startLocalRun } from './local-run.ts';
import { buildPrograms } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    sharedRun: Run;
  }
}

/** Vitest's global setup of the project `process`. @returns the teardown */
export const setup = async (project: TestProject) => {
  const programs = buildPrograms();
  project.provide('programs', programs.folder);
  const { run, stop } = await startLocalRun({ program: `${programs.folder}dev-server.mjs` });
  project.provide('sharedRun', run);
  return async () => {
    await stop();
    programs.remove();
  };
};

const NewToken = z.object({ token: z.string() });

const post = async (url: string, body: object): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`POST ${url} returned ${response.status}: ${await response.text()}`);
  return response.json();
};

/**
 * Creates directories in the shared run. Call it once at the top of a test file.
 * @param directories their settings; in the run, their ids have a suffix
 * @returns the run with these directories, by the ids as given, and functions to send it requests
 */
export function useSharedRun(directories: readonly { readonly id: string; readonly mode?: string }[]) {
  const held: { run?: Run } = {};
  beforeAll(async () => {
    const shared = inject('sharedRun');
    const admin = `${shared.baseUrl.replace(/\/v2$/, '/admin')}/directories`;
    const suffix = randomUUID().slice(0, 8);
    const opened: { id: string; token: string }[] = [];
    for (const settings of directories) {
      const id = `${settings.id}-${suffix}`;
      await post(admin, { ...settings, id });
      const { token } = NewToken.parse(await post(`${admin}/${id}/tokens`, { name: 'test' }));
      opened.push({ id: settings.id, token });
    }
    const [first] = opened;
    if (first === undefined) throw new Error('a file needs at least one directory');
    held.run = { ...shared, directories: opened, directory: first.id, token: first.token };
  });
  const run = (): Run => {
    if (held.run === undefined) throw new Error('the directories are not created yet');
    return held.run;
  };
  return { run, ...requestsTo(run) };
}
