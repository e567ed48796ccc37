/** An event as it would be, of somebody who does not exist: to see whether a rule, a target and its code do their work. */
import { randomUUID } from 'node:crypto';
import { resourceTypes } from '../scim/index.ts';
import type { LifecycleEvent } from './envelope.ts';
import { type Context, toLifecycleEvent } from './lifecycle-event.ts';
import type { MemberOccurrence, MembershipImage, Occurrence, ResourceImage, ResourceOccurrence } from './occurrence.ts';

const USER = { userName: 'test@example.com', name: { familyName: 'Test' } };
const GROUP = { displayName: 'Test' };
const resourceVerbs = {
  user: ['created', 'updated', 'deactivated', 'reactivated', 'deleted'],
  group: ['created', 'updated', 'deleted'],
} as const;
const memberVerbs = ['member_added', 'member_removed'] as const;

type Written = Omit<ResourceImage, 'kind' | 'type' | 'attributes' | 'version'>;
const writtenIn = (directory: string): Written => {
  const now = new Date().toISOString();
  return {
    directory,
    id: randomUUID(),
    gone: false,
    pending: false,
    actor: { kind: 'admin' },
    reason: 'change',
    created: now,
    lastModified: now,
  };
};

const attributesOf = (noun: 'user' | 'group', verb: ResourceOccurrence['verb']) => {
  if (noun === 'group') return { before: GROUP, after: verb === 'updated' ? { displayName: 'Test, renamed' } : GROUP };
  const active = { ...USER, active: true };
  const inactive = { ...USER, active: false };
  if (verb === 'deactivated') return { before: active, after: inactive };
  if (verb === 'reactivated') return { before: inactive, after: active };
  return { before: active, after: verb === 'updated' ? { ...active, title: 'Tester' } : active };
};
const resourceOccurrence = (
  noun: 'user' | 'group',
  verb: ResourceOccurrence['verb'],
  directory: string,
): ResourceOccurrence => {
  const { before, after } = attributesOf(noun, verb);
  const image = { kind: 'resource' as const, ...writtenIn(directory), type: noun === 'user' ? 'User' : 'Group' };
  const first: ResourceImage = { ...image, version: 1, attributes: before };
  if (verb === 'created') return { kind: 'resource', verb, before: undefined, after: first };
  return { kind: 'resource', verb, before: first, after: { ...image, version: 2, attributes: after } };
};
const memberOccurrence = (verb: MemberOccurrence['verb'], directory: string): MemberOccurrence => {
  const { lastModified: at, created: _, pending: __, ...written } = writtenIn(directory);
  const groupId = randomUUID();
  const groups = new Set(verb === 'member_added' ? [groupId] : []);
  const member: MembershipImage = { kind: 'memberOf', ...written, type: 'User', groups, revision: 1, at };
  return { kind: 'member', verb, groupId, member };
};

type Make = (directory: string) => Occurrence;
const makers: ReadonlyMap<string, Make> = new Map([
  ...(['user', 'group'] as const).flatMap((noun) =>
    resourceVerbs[noun].map((verb): [string, Make] => [
      `${noun}.${verb}`,
      (directory) => resourceOccurrence(noun, verb, directory),
    ]),
  ),
  ...memberVerbs.map((verb): [string, Make] => [`group.${verb}`, (directory) => memberOccurrence(verb, directory)]),
]);

/** The types that there is a test event of. */
export const testableTypes: readonly string[] = [...makers.keys()];

/** @returns undefined for a type that there is no test event of */
export const createTestEvent = (type: string, directory: Context['directory']): LifecycleEvent | undefined => {
  const occurrence = makers.get(type)?.(directory.id);
  if (occurrence === undefined) return undefined;
  const attributesNow: Context['attributesNow'] = (name) => (name === 'User' ? { ...USER, active: true } : GROUP);
  return toLifecycleEvent(occurrence, { directory, resourceTypes, attributesNow });
};
