import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { eventTypes } from '../../lib/events/event-types.ts';

const text = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

test('the examples of docs/events.md are events as they are defined', () => {
  const Example = z.looseObject({ type: z.string() });
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json));
  const details = blocks
    .map((block) => z.looseObject({ detail: z.unknown() }).parse({ detail: block, ...Object(block) }).detail)
    .filter((detail) => Example.safeParse(detail).success)
    .map((detail) => Example.parse(detail));
  expect(details.map(({ type }) => type)).toEqual(['user.deactivated', 'group.member_added']);
  for (const detail of details) {
    const schema = Object.entries(eventTypes).find(([type]) => type === detail.type)?.[1];
    expect(schema?.parse(detail)).toEqual(detail);
  }
});

test('docs/events.md names every type', () => {
  for (const type of Object.keys(eventTypes)) expect(text).toContain(`\`${type}\``);
});
