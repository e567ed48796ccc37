/** Groups found by listing them all, once: what providers do that look no group up by its name. */
import type { Resource } from '../../scim-client/scim-messages.ts';
import type { Session } from '../session.ts';

/** @returns the group of that name among those that were there before the first push */
export type GroupList = (conversation: Session, displayName: string) => Promise<Resource | undefined>;

const listAll = async (conversation: Session, toTarget: (startIndex: number) => string) => {
  const byName = new Map<unknown, Resource>();
  for (let seen = 0; ; ) {
    const { Resources, totalResults } = await conversation.list('group lookup', toTarget(seen + 1));
    for (const group of Resources) byName.set(group.displayName, group);
    seen += Resources.length;
    if (Resources.length === 0 || seen >= totalResults) return byName;
  }
};

/** @param toTarget where a page is, from its first index (1-based) */
export function createGroupList(toTarget: (startIndex: number) => string): GroupList {
  let listing: ReturnType<typeof listAll> | undefined;
  return async (conversation, displayName) => {
    listing ??= listAll(conversation, toTarget).catch((error: unknown) => {
      listing = undefined;
      throw error;
    });
    return (await listing).get(displayName);
  };
}
