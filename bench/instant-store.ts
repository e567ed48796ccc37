/** A store for measuring the layers above it: it answers at once and discards writes. */
import type { Loaded, Store, StoredResource } from '../lib/scim/index.ts';
import { userAttributes } from './users.ts';

const CREATED = '2026-01-01T00:00:00.000Z';

export const storedUser = (i: number): StoredResource => ({
  id: `2819c223-7f76-453a-919d-${String(i).padStart(12, '0')}`,
  attributes: userAttributes(i),
  version: 1,
  memberVersion: 0,
  created: CREATED,
  lastModified: CREATED,
  indexed: [],
});

export const createInstantStore = (): Store => {
  const groups = [{ id: '1f9e7d6c-0000-4000-8000-000000000001', display: 'Everybody' }];
  const all: readonly Loaded[] = Array.from({ length: 200 }, (_, i) => ({ resource: storedUser(i), groups }));
  const one = all[1];
  if (one === undefined) throw new Error('the store has no users');
  return {
    create: async (_scope, { id, attributes }) => ({ ...one.resource, id, attributes }),
    read: async () => one,
    readMembers: async () => [],
    update: async (_scope, before, { attributes }) => ({ ...before, ...(attributes && { attributes, version: 2 }) }),
    delete: async () => 'deleted',
    query: async (_scope, { filter, count, matches }) => {
      const found = (filter === undefined ? all : [one]).filter(matches);
      return { totalResults: found.length, resources: found.slice(0, count) };
    },
  };
};
