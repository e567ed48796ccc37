import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dialects } from '../../lib/scim/dialect.ts';

const doc = readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8');

test('docs/dialects.md has a row for each dialect, and no other', () => {
  const rows = doc.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => row.split('|').map((cell) => cell.trim()))).toEqual(
    Object.entries(dialects).map(([name, client]) => [
      '',
      `\`${client}.${name}\``,
      expect.stringMatching(/\w/),
      expect.stringMatching(/\w/),
      '',
    ]),
  );
});
