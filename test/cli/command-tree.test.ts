/** Runs every command as a process: its help has an example, and bad usage is one line and exit code 2. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inParallel } from '../../lib/common/parallel.ts';
import { runScim } from './run-scim.ts';

type Leaf = { readonly path: readonly string[]; readonly help: string };

const linesUnder = (title: string, help: string) =>
  new RegExp(`^${title}:\\n((?: {2}.*\\n)+)`, 'm').exec(help)?.[1] ?? '';
const childrenIn = (help: string) =>
  [...linesUnder('Commands', help).matchAll(/^ {2}(\w[\w-]*)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : [name],
  );

const visit = async (path: readonly string[]): Promise<readonly Leaf[]> => {
  const { code, out: help, err } = await runScim([...path, '--help']);
  expect({ path, code, err }).toEqual({ path, code: 0, err: '' });
  const children = childrenIn(help);
  if (children.length === 0) return [{ path, help }];
  const leaves = await Promise.all(children.map((child) => visit([...path, child])));
  return [...(path.length === 0 ? [{ path, help }] : []), ...leaves.flat()];
};

/** @returns arguments that the command's usage does not allow: alternately an unknown option and a wrong number of arguments */
const mistakeOf = ({ path, help }: Leaf, i: number): readonly string[] => {
  const required = [...(/^Usage: (.*)$/m.exec(help)?.[1] ?? '').matchAll(/<[^>]+>/g)].map(() => 'acme');
  if (i % 2 === 0) return [...path, ...required, '--no-such-option'];
  return required.length > 0 ? path : [...path, ...Array.from({ length: 5 }, () => 'more')];
};

test('every command has an example in its help, and answers bad usage with one line and exit code 2', async () => {
  const leaves = await visit([]);
  for (const { path, help } of leaves)
    expect(help, path.join(' ')).toContain(`\nExamples:\n  $ scim ${path.join(' ')}`);
  expect(leaves.length).toBeGreaterThanOrEqual(25);
  await inParallel(leaves.map(mistakeOf), async (args) => {
    const { code, out, err } = await runScim(args);
    expect({ args, code, out }).toEqual({ args, code: 2, out: '' });
    expect(err, args.join(' ')).toMatch(/^error: [^\n]+\n$/);
    expect(err, 'no stack trace').not.toMatch(/\bat .*:\d+:\d+/);
    const asJson = await runScim([...args, '--json']);
    expect({ args, code: asJson.code, out: asJson.out }).toEqual({ args, code: 2, out: '' });
    expect(JSON.parse(asJson.err)).toEqual({ error: { code: 'usage', message: expect.any(String) } });
  });
});

test('prints its version, and the help of a command by its name', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await runScim(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  const help = await runScim(['help', 'token']);
  expect(help).toEqual(await runScim(['token', '--help']));
  expect(await runScim(['token', 'help', 'rotate'])).toEqual(await runScim(['token', 'rotate', '--help']));
});

test('a failure is JSON with --json, with a code and the status of the server', async () => {
  const { code, out, err } = await runScim(['directory', 'list', '--json', '--url', 'http://127.0.0.1:9/scim']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(JSON.parse(err)).toEqual({ error: { code: 'unreachable', message: expect.any(String) } });
});

test('an installed scim works outside the clone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-installed-'));
  try {
    await symlink(fileURLToPath(new URL('../../bin/scim.mjs', import.meta.url)), join(folder, 'scim'));
    const { stdout } = await promisify(execFile)(join(folder, 'scim'), ['completion', 'bash'], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
    expect(stdout).toMatch(/^# bash completion for scim/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
