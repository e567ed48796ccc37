/** A storage that reads the real one and says of every write what it would answer, without doing it. */
import type { Store, StoredResource } from '../scim/index.ts';

export const createDryStore = (store: Store): Store => ({
  ...store,
  create: async (_, { id, attributes }): Promise<StoredResource> => {
    const now = new Date().toISOString();
    return { id, attributes, version: 1, memberVersion: 0, created: now, lastModified: now, indexed: [] };
  },
  update: async (_, before, { attributes, members }) =>
    attributes === undefined && members === undefined
      ? before
      : { ...before, attributes: attributes ?? before.attributes, version: before.version + 1 },
  delete: async () => 'deleted',
});
