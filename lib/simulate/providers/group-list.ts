/** Finds groups in a list read once, for providers that do not look up a group by name. */
import type { Resource } from '../../scim-client/scim-messages.ts';
import type { Session } from '../session.ts';

/** @returns the group with that displayName, if it existed before the first push */
export type GroupList = (session: Session, displayName: string) => Promise<Resource | undefined>;

const listAll = async (session: Session, toTarget: (startIndex: number) => string) => {
  const byName = new Map<unknown, Resource>();
  for (let read = 0; ; ) {
    const { Resources, totalResults } = await session.list('group lookup', toTarget(read + 1));
    for (const group of Resources) byName.set(group.displayName, group);
    read += Resources.length;
    if (Resources.length === 0 || read >= totalResults) return byName;
  }
};

/** @param toTarget returns the target of the page that starts at an index (1-based) */
export function createGroupList(toTarget: (startIndex: number) => string): GroupList {
  let listing: ReturnType<typeof listAll> | undefined;
  return async (session, displayName) => {
    listing ??= listAll(session, toTarget).catch((error: unknown) => {
      listing = undefined;
      throw error;
    });
    return (await listing).get(displayName);
  };
}
