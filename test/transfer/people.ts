/** Generates files of users and groups for the tests of import and export. */
import { randomUUID } from 'node:crypto';
import { GROUP, USER } from '../support/local-run.ts';

export type Line = Record<string, unknown> & { readonly id: string };

export const userLines = (count: number): Line[] =>
  Array.from({ length: count }, (_, i) => ({
    schemas: [USER],
    id: randomUUID(),
    userName: `person${i}@example.com`,
    externalId: `person-${i}`,
    name: { givenName: `Given${i}`, familyName: 'Family' },
    emails: [{ value: `person${i}@example.com`, type: 'work', primary: true }],
    active: i % 7 !== 0,
  }));

export const groupLine = (
  displayName: string,
  members: readonly (Line | { value: string })[],
  more: object = {},
): Line => ({
  schemas: [GROUP],
  id: randomUUID(),
  displayName,
  members: members.map((member) => ('value' in member ? member : { value: member.id })),
  ...more,
});

export const toFile = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
