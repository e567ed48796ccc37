/** Converts occurrences of directories and tokens to lifecycle events. Pure. */
import { isObject, type JsonObject } from '../scim/index.ts';
import { describeChanges } from './attribute-changes.ts';
import type { DirectoryImage, DirectoryOccurrence, TokenExpiryImage, TokenOccurrence } from './directory-occurrence.ts';
import { entryBytes, eventBytes } from './entry-size.ts';
import { type LifecycleEvent, toEventId, toSequence } from './envelope.ts';

const text = (settings: JsonObject, name: string) => {
  const value = settings[name];
  return typeof value === 'string' ? { [name]: value } : {};
};

const labelsOf = ({ labels }: JsonObject) => (isObject(labels) && Object.keys(labels).length > 0 ? { labels } : {});

const envelope = (
  type: string,
  image: DirectoryImage | TokenExpiryImage,
  { facts, directory, about }: { facts: readonly string[]; directory: JsonObject; about: JsonObject },
): LifecycleEvent => ({
  type,
  detail: {
    schemaVersion: 1,
    type,
    eventId: toEventId([image.directory, ...facts, image.revision, type]),
    reason: 'change',
    directory,
    ...about,
    sequence: toSequence(image.revision),
    occurredAt: image.at,
    actor: image.actor,
  },
  orderKey: JSON.stringify([image.directory, ...facts]),
});

export const directoryEvent = (
  { verb, after, changes }: DirectoryOccurrence,
  limitBytes: number = eventBytes.default,
): LifecycleEvent => {
  const { settings } = after;
  const directory = {
    id: after.directory,
    ...text(settings, 'tenant'),
    ...text(settings, 'identityProvider'),
    ...labelsOf(settings),
  };
  const event = (about: JsonObject) =>
    envelope(`directory.${verb}`, after, { facts: ['directory', after.createdAt], directory, about });
  if (verb === 'guard_tripped') return event({ guard: settings.guard ?? {} });
  if (verb !== 'updated') return event({});
  const whole = event(describeChanges(changes, 'whole'));
  return entryBytes(whole) <= limitBytes ? whole : event(describeChanges(changes, 'paths'));
};

/** @param directory the directory as events show it */
export const tokenEvent = ({ verb, after }: TokenOccurrence, directory: JsonObject): LifecycleEvent =>
  envelope(`token.${verb}`, after, {
    facts: ['token', after.token.id],
    directory,
    about: { token: after.token, days: after.days },
  });
