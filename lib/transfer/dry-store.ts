/** A storage that reads the real one and says of every write what it would answer, without doing it. */
import { groupType, type JsonObject, own, type Store, type StoredResource } from '../scim/index.ts';

export const createDryStore = (store: Store): Store => {
  /** What was not made: a default group that the directory does not have yet. */
  const unmade = new Map<string, JsonObject>();

  /** The groups that a new resource would be in. */
  const toGroup = async (directory: string, id: string) => {
    const nothing = { members: false, groups: false };
    const found = await store.read({ directory, type: groupType }, id, nothing);
    const name = own(found?.resource.attributes ?? unmade.get(id) ?? {}, 'displayName');
    return { id, display: typeof name === 'string' ? name : undefined };
  };

  return {
    ...store,
    create: async ({ directory }, { id, attributes, joins = [] }) => {
      unmade.set(id, attributes);
      const groups = await Promise.all(joins.map((group) => toGroup(directory, group)));
      const now = new Date().toISOString();
      return { id, attributes, version: 1, memberVersion: 0, created: now, lastModified: now, indexed: [], groups };
    },
    update: async (_, before, { attributes, members }): Promise<StoredResource> =>
      attributes === undefined && members === undefined
        ? before
        : { ...before, attributes: attributes ?? before.attributes, version: before.version + 1 },
    delete: async () => 'deleted',
  };
};
