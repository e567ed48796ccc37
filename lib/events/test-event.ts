/** Sample events about a fictitious user or group, with reason `test`, to test a rule and its target. */
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
    reason: 'test',
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

type CreateOccurrence = (directory: string) => Occurrence;
const factories: ReadonlyMap<string, CreateOccurrence> = new Map([
  ...(['user', 'group'] as const).flatMap((noun) =>
    resourceVerbs[noun].map((verb): [string, CreateOccurrence] => [
      `${noun}.${verb}`,
      (directory) => resourceOccurrence(noun, verb, directory),
    ]),
  ),
  ...memberVerbs.map((verb): [string, CreateOccurrence] => [
    `group.${verb}`,
    (directory) => memberOccurrence(verb, directory),
  ]),
]);

/** Event types for which a test event exists. */
export const testableTypes: readonly string[] = [...factories.keys()];

/** @returns undefined if the type has no test event */
export const createTestEvent = (type: string, directory: Context['directory']): LifecycleEvent | undefined => {
  const occurrence = factories.get(type)?.(directory.id);
  if (occurrence === undefined) return undefined;
  const resourceNow: Context['resourceNow'] = (name) => ({
    attributes: name === 'User' ? { ...USER, active: true } : GROUP,
    version: 1,
  });
  return toLifecycleEvent(occurrence, { directory, resourceTypes, resourceNow });
};
