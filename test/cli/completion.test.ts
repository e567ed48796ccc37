/** The completion scripts, loaded by each shell that this machine has. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toFlag } from '../../lib/cli/command.ts';
import { commands, nouns } from '../../lib/cli/command-tree.ts';
import { shells, toCompletion } from '../../lib/cli/completion.ts';
import { runInside } from './run-scim.ts';

const runIn = (shell: string, ...args: readonly string[]) => spawnSync(shell, args, { encoding: 'utf8' });
const isInstalled = (shell: string) => runIn(shell, '-c', 'exit 0').status === 0;
const script = (shell: (typeof shells)[number]) => toCompletion(shell, commands, nouns);

test.each(shells)('the script for %s has every command and every option', async (shell) => {
  const { code, out, err } = await runInside(['completion', shell]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(script(shell));
  for (const { path, options } of commands) {
    expect(out).toContain(path.join(' '));
    for (const [name, option] of Object.entries(options)) expect(out).toContain(toFlag(name, option).slice(2));
  }
});

test.skipIf(!isInstalled('bash'))('bash completes nouns, verbs, options and values', () => {
  const complete = (...words: string[]) => {
    const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _scim; echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = runIn('bash', '-c', `${script('bash')}\n${line}`);
    expect(stderr).toBe('');
    return stdout.trim().split(' ');
  };
  expect(complete('scim', 'd')).toEqual(['directory', 'doctor']);
  expect(complete('scim', 'token', 're')).toEqual(['revoke']);
  expect(complete('scim', 'token', '')).toEqual(['create', 'list', 'rotate', 'revoke', 'scanner-rules']);
  expect(complete('scim', 'directory', 'create', 'acme', '--mo')).toEqual(['--mode']);
  expect(complete('scim', 'directory', 'create', 'acme', '--mode', '')).toEqual(['tolerant', 'rfc']);
  expect(complete('scim', 'import', 'acme', 'f', '--format', 'c')).toEqual(['csv']);
});

test.skipIf(!isInstalled('zsh'))('zsh loads its script', () => {
  const { status, stderr } = runIn('zsh', '-f', '-c', `${script('zsh')}\n_scim_words 'token create --scope'`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.skipIf(!isInstalled('fish'))('fish completes verbs and values', () => {
  const complete = (line: string) => {
    const { stdout, stderr } = runIn('fish', '-N', '-c', `${script('fish')}\ncomplete -C '${line}'`);
    expect(stderr).toBe('');
    return stdout
      .trim()
      .split('\n')
      .map((one) => one.split('\t', 1).join(''));
  };
  expect(complete('scim token ro')).toEqual(['rotate']);
  expect(complete('scim directory create acme --mode ')).toEqual(['rfc', 'tolerant']);
});
