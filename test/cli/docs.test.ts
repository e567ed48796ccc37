import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands } from '../../lib/cli/command-tree.ts';
import { toCliReference } from '../tools/cli-reference.ts';

const root = new URL('../../', import.meta.url);

test('docs/cli.md is up to date (npm run write:cli-docs)', () => {
  expect(readFileSync(new URL('docs/cli.md', root), 'utf8')).toBe(toCliReference());
});

test('each command has a file of its own, named by its path', () => {
  const files = readdirSync(new URL('lib/cli/commands', root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'version.ts')
    .map((file) => file.replace(/\.ts$/, ''));
  expect(files.sort()).toEqual(commands.map(({ path }) => path.join('/')).sort());
});

test('help texts are fragments without a full stop, descriptions are sentences', () => {
  for (const { path, summary, description, options, arguments: names } of commands) {
    const fragments = [summary, ...[...Object.values(options), ...Object.values(names)].map((one) => one.description)];
    for (const fragment of fragments) expect(fragment, path.join(' ')).toMatch(/^(?![A-Z][a-z]+ [a-z]).*[^.]$/);
    expect(description, path.join(' ')).toMatch(/^[A-Z].*\.$/s);
  }
});

test('every example starts with its command', () => {
  for (const { path, examples } of commands)
    for (const example of examples) expect(example).toMatch(new RegExp(`(^|[ (])scim ${path.join(' ')}( |\\)|$)`));
});
