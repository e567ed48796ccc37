import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../lib/local/lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const module = JSON.stringify(new URL('../../lib/local/lock.ts', import.meta.url).pathname);
/** Runs code with `lockFolder` and `folder` in scope, in a separate process. */
const inProcess = (code: string) =>
  promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '-e',
    `const folder = ${JSON.stringify(folder)}; import(${module}).then(async ({ lockFolder }) => { ${code} })`,
  ]);

test('a second run on the same data is refused with the pid of the first, until the first releases the lock', async () => {
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`is in use by another run (process ${process.pid})`);
  release();
  expect(existsSync(join(folder, 'lock'))).toBe(false);
  (await lockFolder(folder))();
});

test('exactly one of many concurrent runs gets the folder, also when it has a stale lock', async () => {
  for (const stale of ['', '{"pid":', JSON.stringify({ pid: process.pid, port: 1, nonce: 'of a dead run' })]) {
    writeFileSync(join(folder, 'lock'), stale);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    const releases = tries.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
    expect(releases).toHaveLength(1);
    releases[0]?.();
  }
});

test('a run killed with SIGKILL does not hold its folder', async () => {
  await inProcess("await lockFolder(folder); process.kill(process.pid, 'SIGKILL');").catch(() => {});
  expect(readFileSync(join(folder, 'lock'), 'utf8')).toContain('nonce');
  (await lockFolder(folder))();
});

test('a suspended run holds its folder', async () => {
  const code = `const { lockFolder } = await import(${module}); await lockFolder(${JSON.stringify(folder)}); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    await expect(lockFolder(folder)).rejects.toThrow(`is in use by another run (process ${child.pid})`);
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
  (await lockFolder(folder))();
});

test('the lock of another process is respected', async () => {
  const release = await lockFolder(folder);
  const { stdout } = await inProcess('await lockFolder(folder).catch((e) => console.log(e.message));');
  expect(stdout).toContain(`process ${process.pid}`);
  release();
});
