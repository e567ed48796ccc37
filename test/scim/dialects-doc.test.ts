import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dialects } from '../../lib/scim/dialect.ts';

const doc = readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8');

test('docs/dialects.md has exactly one row per dialect, with its texts', () => {
  const rows = doc.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(
    Object.entries(dialects).map(
      ([name, { client, accepts, otherwise }]) => `| \`${client}.${name}\` | ${accepts} | ${otherwise} |`,
    ),
  );
});
