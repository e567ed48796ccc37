/** The rules that `scim token scanner-rules` prints. test/more/scanner-rules.sh runs the scanners themselves. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseToken } from '../../lib/tokens/token-format.ts';
import { runInside } from './run-scim.ts';
import { newToken, toForms, toLookAlikes } from './scanner-samples.ts';

const print = async (...options: string[]): Promise<string> => {
  const { code, out, err } = await runInside(['token', 'scanner-rules', ...options]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};
const GithubPattern = z.object({
  format: z.literal('github'),
  patternName: z.string(),
  secretFormat: z.string(),
  beforeSecret: z.string(),
  afterSecret: z.string(),
  testString: z.string(),
});
const printGithub = async () => GithubPattern.parse(JSON.parse(await print('--format', 'github', '--json')));

/** Each returns the regular expression of a scanner in JavaScript. The token is its only group. */
const patterns = {
  gitleaks: async () => /^regex = '''(.+)'''$/m.exec(await print())?.[1],
  'detect-secrets': async () =>
    /re\.compile\(r'(.+)', re\.ASCII\)/.exec(await print('--format', 'detect-secrets'))?.[1],
  github: async () => {
    const { beforeSecret, secretFormat, afterSecret } = await printGithub();
    const [before, after] = [beforeSecret.replace('\\A', '^'), afterSecret.replace('\\z', '$')];
    return `(?:${before})(${secretFormat})(?:${after})`;
  },
};

describe.each(Object.entries(patterns))('the pattern for %s', (_name, findPattern) => {
  const search = async (text: string) =>
    [...text.matchAll(new RegExp((await findPattern()) ?? '', 'g'))].map((m) => m[1]);

  test.each(Object.keys(toForms(newToken)))('finds a token of 1 to 8 digits in %s', async (path) => {
    for (const token of [newToken(1), newToken(99_999_999)])
      expect(await search(toForms(() => token)[path] ?? '')).toEqual([token]);
  });

  test('finds a token that is the whole text', async () => {
    const token = newToken();
    expect(await search(token)).toEqual([token]);
  });

  test('does not match texts that look alike', async () => {
    const texts = Object.entries(toLookAlikes());
    expect(texts.length).toBeGreaterThan(50);
    for (const [path, text] of texts) expect(await search(text), path).toEqual([]);
  });
});

/** Far less than TOML, but every line that the rules may have. */
const LINE = /^(?:#.*|\[{1,2}[a-z]+\]{1,2}|[a-zA-Z]+ = (?:"[^"\\]*"|'''(?:(?!''').)*'''|true|\["[^"\\]*"\])|)$/;

test('the rules for gitleaks are TOML with the keys that gitleaks reads', async () => {
  const lines = (await print()).split('\n');
  expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
  expect(lines.flatMap((line) => /^\[.*|^\w+/.exec(line)?.[0] ?? [])).toEqual([
    'title',
    '[extend]',
    'useDefault',
    '[[rules]]',
    'id',
    'description',
    'regex',
    'keywords',
  ]);
  expect(lines).toContain('keywords = ["scim_"]');
});

test('the plugin for detect-secrets does not find itself', async () => {
  const plugin = await print('--format', 'detect-secrets');
  expect(plugin).toMatch(/^class \w+\(RegexBasedDetector\):$/m);
  expect(plugin).toMatch(/secret_type = .* # pragma: allowlist secret$/m);
});

test('the table for GitHub has the fields of the form, and a test string that no directory accepts', async () => {
  const { secretFormat, beforeSecret, afterSecret, testString } = await printGithub();
  expect(testString).toMatch(new RegExp(`^${secretFormat}$`));
  expect(parseToken(testString)?.tokenId).toBe('exampletoken');
  const rows = (await print('--format', 'github')).trimEnd().split('\n');
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ['FIELD', 'VALUE'],
    ['Pattern name', 'Rollcall token'],
    ['Secret format', secretFormat],
    ['Before secret', beforeSecret],
    ['After secret', afterSecret],
    ['Test string', expect.stringMatching(/^scim_1_exampletoken_/)],
  ]);
});

test.each([
  ['gitleaks', '.gitleaks.toml'],
  ['detect-secrets', 'rollcall_tokens.py'],
])('--json has the rules for %s and the name of their file', async (format, file) => {
  const content = await print('--format', format);
  expect(JSON.parse(await print('--format', format, '--json'))).toEqual({ format, file, content });
});

test('an unknown format is bad usage', async () => {
  const { code, out, err } = await runInside(['token', 'scanner-rules', '--format', 'x']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('gitleaks, detect-secrets, github');
});
