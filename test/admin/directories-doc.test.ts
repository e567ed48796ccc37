/** Compares docs/directories.md with the schema of the settings. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { DirectorySettings } from '../../lib/admin/directory-messages.ts';

const doc = readFileSync(new URL('../../docs/directories.md', import.meta.url), 'utf8');
const { properties } = z
  .looseObject({ properties: z.record(z.string(), z.json()) })
  .parse(z.toJSONSchema(DirectorySettings, { io: 'input', unrepresentable: 'any' }));

/** The code in the first cell of each table row under a heading. */
const rows = (heading: string): string[] => {
  const section = doc.split(`### \`${heading}\`\n`)[1]?.split('\n### ')[0] ?? '';
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name ?? '');
};
const at = (value: z.core.util.JSONType | undefined, ...path: (string | number)[]): z.core.util.JSONType | undefined =>
  path.reduce<z.core.util.JSONType | undefined>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? new Map(Object.entries(inner)).get(String(key)) : undefined,
    value,
  );
const keys = (value: z.core.util.JSONType | undefined) => Object.keys(value ?? {});

test('has exactly one heading for each setting', () => {
  expect([...doc.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name).sort()).toEqual(Object.keys(properties).sort());
});

test('each example is accepted, and each setting but uniqueGroupNames has one', () => {
  const examples = [...doc.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text ?? '') as object);
  for (const example of examples) expect(DirectorySettings.safeParse(example).error?.issues).toBeUndefined();
  const shown = new Set(examples.flatMap((example) => Object.keys(example)));
  expect(Object.keys(properties).filter((name) => !shown.has(name))).toEqual(['uniqueGroupNames']);
});

test('has a row for each attribute characteristic and each value rule', () => {
  const attribute = at(properties, 'schemas', 'items', 'properties', 'attributes', 'items', 'properties');
  expect(rows('schemas').sort()).toEqual(keys(attribute).sort());
  const rules = z.array(z.json()).parse(at(properties, 'valueRules', 'items', 'oneOf'));
  expect(rows('valueRules')).toEqual(rules.map((rule) => at(rule, 'properties', 'rule', 'const')));
});
