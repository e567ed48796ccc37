/**
 * The present state of a directory as events with reason `backfill`: for a subscriber that came later. Each has the
 * sequence of the change that made the state, so whoever has heard of that ignores it.
 */
import type { ResourceType } from '../scim/index.ts';
import type { Change, MembershipImage, ResourceImage } from './occurrence.ts';
import type { PublishedChanges } from './publish-changes.ts';

type Page = {
  readonly resources: readonly ResourceImage[];
  readonly memberships: readonly MembershipImage[];
  readonly last: string | undefined;
};
export type BackfillSources = {
  /** The types whose resources are told. */
  readonly resourceTypes: readonly ResourceType[];
  readonly readPage: (page: {
    readonly directory: string;
    readonly type: ResourceType;
    readonly after: string | undefined;
    readonly limit: number;
  }) => Promise<Page>;
  readonly publishChanges: (changes: readonly Change[]) => Promise<PublishedChanges>;
};
/** Where a backfill goes on: the type, and the id behind which. */
export type BackfillPlace = { readonly type: string; readonly after: string | undefined };
export type BackfillStep = { readonly events: number; readonly next: BackfillPlace | undefined };

const RESOURCES_AT_ONCE = 50;

const asNew = <Image extends ResourceImage | MembershipImage>(image: Image): Change => ({
  before: undefined,
  after: { ...image, reason: 'backfill' },
});

/** @returns tells one page of a directory; without a place the first. Throws what `readPage` throws, and an outage. */
export const createBackfill =
  ({ resourceTypes, readPage, publishChanges }: BackfillSources) =>
  async (directory: string, place?: BackfillPlace): Promise<BackfillStep> => {
    const at = place === undefined ? 0 : resourceTypes.findIndex(({ name }) => name === place.type);
    const type = resourceTypes[at];
    if (type === undefined) throw new Error(`there is no resource type ${place?.type}`);
    const { resources, memberships, last } = await readPage({
      directory,
      type,
      after: place?.after,
      limit: RESOURCES_AT_ONCE,
    });
    const { failure } = await publishChanges([...resources.map(asNew), ...memberships.map(asNew)]);
    if (failure !== undefined) throw new Error('a page could not be told', { cause: failure.reason });
    const events = resources.length + memberships.reduce((sum, { groups }) => sum + groups.size, 0);
    const nextType = resourceTypes[at + 1];
    if (last !== undefined) return { events, next: { type: type.name, after: last } };
    return { events, next: nextType === undefined ? undefined : { type: nextType.name, after: undefined } };
  };
