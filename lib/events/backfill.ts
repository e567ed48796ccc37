/**
 * Publishes the current state of a directory as events with reason `backfill`, for a subscriber that joins late. Each
 * event carries the sequence of the change that led to the state, so a subscriber that is up to date ignores it.
 */
import type { ResourceType } from '../scim/index.ts';
import type { Change, MembershipImage, ResourceImage } from './occurrence.ts';
import type { PublishChanges } from './publish-changes.ts';

type Page = {
  readonly resources: readonly ResourceImage[];
  readonly memberships: readonly MembershipImage[];
  readonly last: string | undefined;
};
export type BackfillSources = {
  /** Resource types to publish. */
  readonly resourceTypes: readonly ResourceType[];
  readonly readPage: (page: {
    readonly directory: string;
    readonly type: ResourceType;
    readonly after: string | undefined;
    readonly limit: number;
  }) => Promise<Page>;
  readonly publishChanges: PublishChanges<Change>;
};
/** Where a backfill resumes: the resource type, and the id after which its next page begins. */
export type BackfillPlace = { readonly type: string; readonly after: string | undefined };
export type BackfillStep = { readonly events: number; readonly next: BackfillPlace | undefined };

const RESOURCES_AT_ONCE = 50;

const asNew = <Image extends ResourceImage | MembershipImage>(image: Image): Change => ({
  before: undefined,
  after: { ...image, reason: 'backfill' },
});

/**
 * @returns a function that publishes one page of a directory, the first one if no place is given. It throws the errors
 * of `readPage`, and Error if the page could not be published.
 */
export const createBackfill =
  ({ resourceTypes, readPage, publishChanges }: BackfillSources) =>
  async (directory: string, place?: BackfillPlace): Promise<BackfillStep> => {
    const at = place === undefined ? 0 : resourceTypes.findIndex(({ name }) => name === place.type);
    const type = resourceTypes[at];
    if (type === undefined) throw new Error(`resource type ${place?.type} does not exist`);
    const { resources, memberships, last } = await readPage({
      directory,
      type,
      after: place?.after,
      limit: RESOURCES_AT_ONCE,
    });
    const { poison, outage } = await publishChanges([...resources.map(asNew), ...memberships.map(asNew)]);
    const failure = outage ?? poison[0];
    if (failure !== undefined) throw new Error('could not publish a page of the backfill', { cause: failure.reason });
    const events = resources.length + memberships.reduce((sum, { groups }) => sum + groups.size, 0);
    const nextType = resourceTypes[at + 1];
    if (last !== undefined) return { events, next: { type: type.name, after: last } };
    return { events, next: nextType === undefined ? undefined : { type: nextType.name, after: undefined } };
  };
