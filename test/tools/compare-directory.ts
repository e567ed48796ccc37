/** Compares the state folded from lifecycle events with the lists of the directory. */
import { attributeChanges } from '../../lib/events/attribute-changes.ts';
import { isObject, type Json, type JsonObject } from '../../lib/scim/index.ts';
import type { FoldedDirectory, FoldedResource } from './fold-events.ts';

/** All listed resources of one type. */
export type Listed = {
  /** The type's name in events. */
  readonly noun: string;
  readonly resources: readonly JsonObject[];
  /** Whether resources of this type have members. */
  readonly hasMembers: boolean;
};

const RELATIVE = new Set(['$ref', 'location']);
/** Removes references and locations, which events never contain. */
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
    // A membership change updates the group's lastModified without an event of the group itself.
    meta: { resourceType, created, ...(sameVersion ? { lastModified } : {}) },
  };
};

/** @returns the version number in the ETag */
const etagVersion = (listed: JsonObject) => Number(/^W\/"(\d+)"$/.exec(String(part(listed, 'meta').version))?.[1]);

const compareResource = (listed: JsonObject, { version, resource }: FoldedResource, hasMembers: boolean): string[] => {
  const etag = etagVersion(listed);
  const versionAgrees = hasMembers ? etag >= version : etag === version;
  const differences = versionAgrees ? [] : [`version ${version} in its events, ETag ${part(listed, 'meta').version}`];
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
    ...[...present].filter((id) => !folded.has(id)).map((id) => `member ${id} is not in the events`),
    ...[...folded].filter((id) => !present.has(id)).map((id) => `member ${id} of the events is not listed`),
  ];
};

/** @returns one line for each difference */
export const compareDirectory = (state: FoldedDirectory, listed: readonly Listed[]): readonly string[] => {
  const differences = listed.flatMap(({ noun, resources, hasMembers }) => {
    const byEvents = state.resources.get(noun) ?? new Map<string, FoldedResource>();
    const ids = new Set(resources.map(({ id }) => String(id)));
    const twice =
      ids.size === resources.length ? [] : [`${noun}: ${resources.length} listed, but ${ids.size} distinct`];
    const missing = [...byEvents.keys()]
      .filter((id) => !ids.has(id))
      .map((id) => `${noun} ${id}: in the events, but not listed`);
    const wrong = resources.flatMap((resource) => {
      const id = String(resource.id);
      const folded = byEvents.get(id);
      const found =
        folded === undefined ? ['listed, but not in the events'] : compareResource(resource, folded, hasMembers);
      const members = hasMembers ? compareMembers(resource, state.members.get(id) ?? new Set()) : [];
      return [...found, ...members].map((text) => `${noun} ${id}: ${text}`);
    });
    return [...twice, ...missing, ...wrong];
  });
  const groups = new Set(
    listed.filter(({ hasMembers }) => hasMembers).flatMap(({ resources }) => resources.map(({ id }) => id)),
  );
  const unlisted = [...state.members].filter(([group]) => !groups.has(group));
  return [
    ...differences,
    ...unlisted.map(
      ([group, { size }]) =>
        `group ${group}: not listed, but has ${size} ${size === 1 ? 'member' : 'members'} in the events`,
    ),
  ];
};
