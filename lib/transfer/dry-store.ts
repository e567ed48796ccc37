/** A store for dry runs: reads come from the real store; writes return what it would return, without writing. */
import { groupType, type JsonObject, own, type Store, type StoredResource } from '../scim/index.ts';

export const createDryStore = (store: Store): Store => {
  /** Resources of this dry run by id, for the name of a default group that does not exist yet. */
  const simulated = new Map<string, JsonObject>();

  /** The reference to a group that a new resource would join. */
  const toGroup = async (directory: string, id: string) => {
    const nothing = { members: false, groups: false };
    const found = await store.read({ directory, type: groupType }, id, nothing);
    const name = own(found?.resource.attributes ?? simulated.get(id) ?? {}, 'displayName');
    return { id, display: typeof name === 'string' ? name : undefined };
  };

  return {
    ...store,
    create: async ({ directory }, { id, attributes, joins = [] }) => {
      simulated.set(id, attributes);
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
