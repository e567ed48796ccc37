import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registrySchemas } from '../../lib/events/event-schemas.ts';
import { eventTypes } from '../../lib/events/event-types.ts';
import { compileExamples } from '../tools/compile-examples.ts';
import { checkExamples, checkFiles, readExamples } from '../tools/event-documents.ts';

const examples = readExamples();
const changed = (type: string, change: object) =>
  examples.map((example) => (example.type === type ? { ...example, ...change } : example));

describe('npm run check:event-docs', () => {
  test('schemas and types match the definitions', () => {
    expect(checkFiles()).toEqual([]);
  });

  test('every type has an example that matches the schema', () => {
    expect(checkExamples(examples)).toEqual([]);
    for (const example of examples) {
      const schema = Object.entries(eventTypes).find(([type]) => type === example.type)?.[1];
      expect(schema?.parse(example)).toEqual(example);
    }
  });

  test('a missing example, an invalid one and one of an unknown type are reported', () => {
    expect(checkExamples(examples.filter(({ type }) => type !== 'user.created'))).toEqual([
      'docs/events.md: no example of user.created',
    ]);
    expect(checkExamples(changed('user.created', { sequence: '1' }))).toEqual([expect.stringContaining('sequence')]);
    expect(checkExamples([...examples, { type: 'user.lost' }])).toEqual([expect.stringContaining('no such type')]);
  });

  test('the examples compile against the types in strict mode, invalid ones do not', () => {
    expect(compileExamples(examples)).toEqual([]);
    expect(compileExamples(changed('user.created', { version: '1' }))).toEqual([
      "Type 'string' is not assignable to type 'number'.",
    ]);
    expect(compileExamples(changed('group.created', { reason: undefined }))).toEqual([
      expect.stringContaining("Property 'reason' is missing"),
    ]);
  });
});

test('events of release 0.1.0 still match the schemas', () => {
  const recorded = readFileSync('test/fixtures/events-0.1.0.ndjson', 'utf8').trim().split('\n');
  const events = recorded.map((line) => JSON.parse(line) as (typeof examples)[number]);
  expect(checkExamples(events)).toEqual([]);
});

test('the registry schemas are within its size limit and in its dialect', () => {
  expect([...registrySchemas().keys()]).toEqual(Object.keys(eventTypes));
  for (const [type, schema] of registrySchemas()) {
    const text = JSON.stringify(schema);
    expect(text.length, type).toBeLessThan(100_000);
    expect(text).not.toContain('"const"');
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-04/schema#', title: type });
  }
});

test('docs/events.md names every type', () => {
  const text = readFileSync('docs/events.md', 'utf8');
  for (const type of Object.keys(eventTypes)) expect(text).toContain(`\`${type}\``);
});
