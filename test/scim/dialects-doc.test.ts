import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dialectClients } from '../../lib/scim/dialect.ts';
import { dialectTexts } from './dialect-texts.ts';

const doc = readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8');

test('docs/dialects.md has a row for each dialect, and no other', () => {
  const rows = doc.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(
    Object.entries(dialectTexts).map(
      ([name, { accepts, otherwise }]) =>
        `| \`${new Map(Object.entries(dialectClients)).get(name)}.${name}\` | ${accepts} | ${otherwise} |`,
    ),
  );
});
