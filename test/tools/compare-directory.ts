/** The state that lifecycle events add up to, against the lists of the directory itself. */
import { attributeChanges } from '../../lib/events/attribute-changes.ts';
import { isObject, type Json, type JsonObject } from '../../lib/scim/index.ts';
import type { FoldedDirectory, FoldedResource } from './fold-events.ts';

/** All resources of one type, as the lists show them. */
export type Listed = {
  /** The name of the type in events. */
  readonly noun: string;
  readonly resources: readonly JsonObject[];
  /** Whether they have members. */
  readonly hasMembers: boolean;
};

const RELATIVE = new Set(['$ref', 'location']);
/** Without what an event never carries: memberships, locations, the ETag. */
const comparable = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isObject(value)) return value;
  const parts = Object.entries(value).filter(([name]) => !RELATIVE.has(name));
  return Object.fromEntries(parts.map(([name, part]) => [name, comparable(part)]));
};
const part = (object: JsonObject, name: string): JsonObject => {
  const value = object[name];
  return isObject(value) ? value : {};
};
const sorted = (value: Json | undefined) => (Array.isArray(value) ? [...value].map(String).sort() : []);

const asEvent = (listed: JsonObject, sameVersion: boolean): JsonObject => {
  const { members, groups, meta, schemas, ...attributes } = listed;
  const { resourceType = '', created = '', lastModified = '' } = part(listed, 'meta');
  return {
    ...part({ all: comparable(attributes) }, 'all'),
    schemas: sorted(schemas),
    // A change of a group's members moves lastModified, and is no event of the group.
    meta: { resourceType, created, ...(sameVersion ? { lastModified } : {}) },
  };
};

/** The number in the ETag. */
const etagVersion = (listed: JsonObject) => Number(/^W\/"(\d+)"$/.exec(String(part(listed, 'meta').version))?.[1]);

const compareResource = (listed: JsonObject, { version, resource }: FoldedResource, hasMembers: boolean): string[] => {
  const etag = etagVersion(listed);
  const versionFits = hasMembers ? etag >= version : etag === version;
  const differences = versionFits ? [] : [`version ${version} by its events, ETag ${part(listed, 'meta').version}`];
  if (resource === undefined) return differences;
  const sameVersion = etag === version;
  const changes = attributeChanges(asEvent(resource, sameVersion), asEvent(listed, sameVersion));
  return changes.length === 0
    ? differences
    : [...differences, `differs in ${changes.map(({ path }) => path).join(', ')}`];
};

const compareMembers = (listed: JsonObject, folded: ReadonlySet<string>): string[] => {
  const entries = Array.isArray(listed.members) ? listed.members : [];
  const present = new Set(entries.map((member) => (isObject(member) ? String(member.value) : '')));
  return [
    ...[...present].filter((id) => !folded.has(id)).map((id) => `has the member ${id}, of whom no event tells`),
    ...[...folded].filter((id) => !present.has(id)).map((id) => `lacks the member ${id} of its events`),
  ];
};

/** @returns a line for each difference */
export const compareDirectory = (folded: FoldedDirectory, listed: readonly Listed[]): readonly string[] => {
  const differences = listed.flatMap(({ noun, resources, hasMembers }) => {
    const byEvents = folded.resources.get(noun) ?? new Map<string, FoldedResource>();
    const ids = new Set(resources.map(({ id }) => String(id)));
    const twice = ids.size === resources.length ? [] : [`${noun}: ${resources.length} listed, but ${ids.size} ids`];
    const missing = [...byEvents.keys()]
      .filter((id) => !ids.has(id))
      .map((id) => `${noun} ${id}: there by its events, but not listed`);
    const wrong = resources.flatMap((resource) => {
      const id = String(resource.id);
      const known = byEvents.get(id);
      const found =
        known === undefined ? ['listed, but no event tells of it'] : compareResource(resource, known, hasMembers);
      const members = hasMembers ? compareMembers(resource, folded.members.get(id) ?? new Set()) : [];
      return [...found, ...members].map((text) => `${noun} ${id}: ${text}`);
    });
    return [...twice, ...missing, ...wrong];
  });
  const groups = new Set(
    listed.filter(({ hasMembers }) => hasMembers).flatMap(({ resources }) => resources.map(({ id }) => id)),
  );
  const left = [...folded.members].filter(([group]) => !groups.has(group));
  return [
    ...differences,
    ...left.map(([group, ids]) => `group ${group}: not listed, but ${ids.size} members by its events`),
  ];
};
