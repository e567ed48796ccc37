/** Request shapes that several providers share. */
import { isDeepStrictEqual } from 'node:util';
import { displayNameOf, mailOf, type Person } from '../person.ts';
import type { Expected, Member } from '../provider.ts';
import type { Operation } from '../session.ts';

const BATCH = 100;

/** Splits members into batches of at most 100 per request. */
export const memberBatches = (members: readonly Member[]): Member[][] =>
  Array.from({ length: Math.ceil(members.length / BATCH) }, (_, i) => members.slice(i * BATCH, (i + 1) * BATCH));

/** @param uid 32 hexadecimal digits */
export const toUuid = (uid: string): string => uid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const workMail = (person: Person) => ({ primary: true, value: mailOf(person), type: 'work' });

/** The names and email address that every provider maps. */
export const namesOf = (person: Person): readonly Expected[] => [
  { path: ['displayName'], value: displayNameOf(person) },
  { path: ['name', 'familyName'], value: person.familyName },
  { path: ['name', 'givenName'], value: person.givenName },
  { path: ['emails', 0, 'value'], value: mailOf(person) },
];

/** @returns the operations whose value has changed */
export const changedOperations = (now: readonly Operation[], before: readonly Operation[]): Operation[] =>
  now.filter((operation, i) => !isDeepStrictEqual(operation, before[i]));
