/** Converts occurrences to lifecycle events, and builds the envelope of those that concern a resource. Pure. */
import { isObject, type JsonObject, own, type ResourceType } from '../scim/index.ts';
import { attributeChanges, describeChanges } from './attribute-changes.ts';
import { directoryEvent, tokenEvent } from './directory-event.ts';
import { entryBytes, eventBytes } from './entry-size.ts';
import { type LifecycleEvent, toEventId, toSequence } from './envelope.ts';
import { publicAttributes, resourceReference, wholeResource } from './event-resource.ts';
import { flatAttributes } from './flat-attributes.ts';
import type { MemberOccurrence, MembershipImage, Occurrence, ResourceImage, ResourceOccurrence } from './occurrence.ts';

/** Facts in an event that its stream record does not contain. */
export type Context = {
  /** The directory as events show it. */
  readonly directory: {
    readonly id: string;
    readonly tenant?: string;
    readonly identityProvider?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly resourceTypes: readonly ResourceType[];
  /** Size above which an event has no values of attributes. @default 256 KB */
  readonly limitBytes?: number | undefined;
  /** A resource at the time of publishing, of a deleted one its names; undefined if these are not known. */
  readonly resourceNow: (type: string, id: string) => { attributes: JsonObject; version: number } | undefined;
};
const typeNamed = (resourceTypes: readonly ResourceType[], name: string): ResourceType => {
  const type = resourceTypes.find((candidate) => candidate.name === name);
  if (type === undefined) throw new Error(`resource type ${name} does not exist`);
  return type;
};
/** A type's name in events: `user`, `group`. */
const noun = (type: ResourceType) => type.name.toLowerCase();

/** RFC 9967 section 2.4. `full` carries the resource, `notice` only the paths of the changed attributes. */
const toEventUri = (verb: (ResourceOccurrence | MemberOccurrence)['verb'], form: 'full' | 'notice') => {
  const names = {
    created: `create:${form}`,
    updated: `put:${form}`,
    deactivated: 'deactivate',
    reactivated: 'activate',
    deleted: 'delete',
    // As in the RFC's own example of a new member, figure 6.
    member_added: 'patch:full',
    member_removed: 'patch:full',
  };
  return `urn:ietf:params:scim:event:prov:${names[verb]}`;
};

type EventFacts = {
  readonly type: string;
  readonly directory: Context['directory'];
  /** The item after the change. */
  readonly image: ResourceImage | MembershipImage;
  /** The group of a membership change. One membership item has an event and an order per group. */
  readonly groupId?: string;
};
const envelope = (
  { type, directory, image, groupId }: EventFacts,
  about: JsonObject,
  eventUri: string,
): LifecycleEvent => {
  const [counter, occurredAt] =
    image.kind === 'resource' ? [image.version, image.lastModified] : [image.revision, image.at];
  const item = [image.directory, image.type, image.id];
  const membership = groupId === undefined ? [] : [groupId];
  return {
    type,
    detail: {
      schemaVersion: 1,
      type,
      eventId: toEventId([...item, counter, type, ...membership]),
      reason: image.reason,
      directory,
      ...about,
      sequence: toSequence(counter),
      occurredAt,
      actor: image.actor,
      eventUri,
    },
    orderKey: JSON.stringify([...item, ...membership]),
  };
};

const changesOf = ({ verb, before, after }: ResourceOccurrence, resourceType: ResourceType) =>
  before === undefined || verb === 'deleted'
    ? undefined
    : attributeChanges(
        publicAttributes(resourceType, before.attributes),
        publicAttributes(resourceType, after.attributes),
      );

const resourceEvent = (
  occurrence: ResourceOccurrence,
  { directory, resourceTypes, limitBytes = eventBytes.default }: Context,
): LifecycleEvent => {
  const { verb, before, after } = occurrence;
  const resourceType = typeNamed(resourceTypes, after.type);
  const facts = { type: `${noun(resourceType)}.${verb}`, directory, image: after };
  // A deletion shows the last state.
  const shown = verb === 'deleted' && before !== undefined ? before : after;
  const versions = { version: after.version, ...(before === undefined ? {} : { previousVersion: before.version }) };
  const changes = changesOf(occurrence, resourceType);
  const describe = (form: 'whole' | 'paths') => (changes === undefined ? {} : describeChanges(changes, form));
  const resource = wholeResource(resourceType, shown);
  const attributes = flatAttributes(resourceType, resource);
  const whole = (more: JsonObject) =>
    envelope(
      facts,
      { ...more, [noun(resourceType)]: resource, ...versions, ...describe('whole') },
      toEventUri(verb, 'full'),
    );
  const forms = [...(Object.keys(attributes).length === 0 ? [] : [whole({ attributes })]), whole({})];
  const fits = forms.find((event) => entryBytes(event) <= limitBytes);
  if (fits !== undefined) return fits;
  return envelope(
    facts,
    {
      [noun(resourceType)]: resourceReference(resourceType, after.id, shown.attributes),
      resourceOmitted: true,
      ...versions,
      ...describe('paths'),
    },
    toEventUri(verb, 'notice'),
  );
};

/** The two resources that a membership joins, under their names in events. */
const sides = ({ groupId, member }: MemberOccurrence, resourceTypes: readonly ResourceType[]) => {
  const memberType = typeNamed(resourceTypes, member.type);
  const groupType = typeNamed(resourceTypes, memberType.memberOf?.type ?? '');
  const memberName = memberType === groupType ? `member${groupType.name}` : noun(memberType);
  return [
    { name: noun(groupType), type: groupType, id: groupId },
    { name: memberName, type: memberType, id: member.id },
  ] as const;
};

const memberEvent = (occurrence: MemberOccurrence, context: Context): LifecycleEvent => {
  const { verb, groupId, member } = occurrence;
  const joined = sides(occurrence, context.resourceTypes);
  const about = joined.map(({ name, type, id }) => [
    name,
    resourceReference(type, id, context.resourceNow(type.name, id)?.attributes),
  ]);
  const groupVersion = context.resourceNow(joined[0].type.name, groupId)?.version;
  return envelope(
    { type: `${joined[0].name}.${verb}`, directory: context.directory, image: member, groupId },
    { ...Object.fromEntries(about), ...(groupVersion === undefined ? {} : { groupVersion }) },
    toEventUri(verb, 'full'),
  );
};

/** Whether a side of a membership event has been deleted for so long that its names are not known any more. */
export const lacksName = ({ detail }: LifecycleEvent): boolean =>
  Object.values(detail).some((side) => isObject(side) && own(side, 'nameUnknown') === true);

/** @throws Error if the resource type is unknown */
export const toLifecycleEvent = (occurrence: Occurrence, context: Context): LifecycleEvent => {
  switch (occurrence.kind) {
    case 'resource':
      return resourceEvent(occurrence, context);
    case 'member':
      return memberEvent(occurrence, context);
    case 'directory':
      return directoryEvent(occurrence, context.limitBytes);
    case 'token':
      return tokenEvent(occurrence, context.directory);
  }
};

/**
 * @returns the resources whose current attributes the event shows
 * @throws Error if the resource type is unknown
 */
export const namedResources = (
  occurrence: Occurrence,
  resourceTypes: readonly ResourceType[],
): readonly { readonly type: string; readonly id: string }[] => {
  if (occurrence.kind === 'member')
    return sides(occurrence, resourceTypes).map(({ type, id }) => ({ type: type.name, id }));
  if (occurrence.kind === 'resource') typeNamed(resourceTypes, occurrence.after.type);
  return [];
};

/** @returns the group whose membership changed, and when; undefined for other occurrences and for a backfill */
export const changedGroup = (
  occurrence: Occurrence,
  resourceTypes: readonly ResourceType[],
): { readonly type: string; readonly id: string; readonly at: string } | undefined => {
  if (occurrence.kind !== 'member' || occurrence.member.reason === 'backfill') return undefined;
  const [{ type, id }] = sides(occurrence, resourceTypes);
  return { type: type.name, id, at: occurrence.member.at };
};
