/** Reads a directory's current items page by page, as images, to backfill a late subscriber. */
import { isLive } from '../items/items.ts';
import { type Item, openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { listPk, memberOfKey, resourceKey } from '../table/keys.ts';
import { createSnapshots, type MembershipImage, type ResourceImage, toImage } from './images.ts';

export type PresentPage = {
  readonly resources: readonly ResourceImage[];
  /** Memberships of the same resources, without deleted groups. */
  readonly memberships: readonly MembershipImage[];
  /** The last id of the page; undefined on the last page. */
  readonly last: string | undefined;
};
export type PageRequest = {
  readonly directory: string;
  readonly type: { readonly name: string; readonly memberOf?: { readonly type: string } | undefined };
  /** The last id of the previous page; undefined for the first page. */
  readonly after: string | undefined;
  readonly limit: number;
};
type Image = ReturnType<typeof toImage>;

/** @returns a sort key after the id and before the next one */
const startAfter = (id: string) => `${id}~`;

export const createPresentState = (options: TableOptions) => {
  const table = openTable(options);
  const snapshots = createSnapshots(options);

  const toLiveImage = (item: Item | undefined): Image =>
    item === undefined || !isLive(item, table.clock()) ? undefined : toImage(item);

  const withoutGoneGroups = async ({ directory, type }: PageRequest, images: readonly MembershipImage[]) => {
    const groupType = type.memberOf?.type ?? '';
    const ids = new Set(images.flatMap(({ groups }) => [...groups]));
    const found = await snapshots.readNow(
      directory,
      [...ids].map((id) => ({ type: groupType, id })),
    );
    return images.map((image) => ({
      ...image,
      groups: new Set([...image.groups].filter((id) => found.get(`${groupType}/${id}`)?.isVisible)),
    }));
  };

  return {
    /** Pages are in the order of ids. @throws unavailable() */
    async readPage(request: PageRequest): Promise<PresentPage> {
      const { directory, type, after, limit } = request;
      const from = after === undefined ? {} : { from: startAfter(after) };
      const listed = await table.query({ pk: listPk(directory, type.name), limit, ...from });
      const ids = listed.map(({ sk }) => String(sk));
      const keys = (keyOf: typeof resourceKey) => ids.map((id) => keyOf(directory, type.name, id));
      const items = await table.getAll([...keys(resourceKey), ...keys(memberOfKey)]);
      const images = [...keys(resourceKey), ...keys(memberOfKey)].flatMap((key) => toLiveImage(items.get(key)) ?? []);
      const memberships = images.filter((image) => image.kind === 'memberOf');
      return {
        resources: images.filter((image) => image.kind === 'resource' && !image.pending) as readonly ResourceImage[],
        memberships: await withoutGoneGroups(request, memberships),
        last: ids.length < limit ? undefined : ids.at(-1),
      };
    },
  };
};
