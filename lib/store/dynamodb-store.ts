/** The core's storage port on one DynamoDB table: one file per action, put together here. */
import type { Store } from '../scim/index.ts';
import { createResource } from './create-resource.ts';
import { deleteResource } from './delete-resource.ts';
import { isId, resourcePk } from './keys.ts';
import { queryResources } from './query-resources.ts';
import { readMembers, readResource } from './read-resource.ts';
import { openTable, type TableOptions } from './table-calls.ts';
import { updateResource } from './update-resource.ts';

/** @param options the client is shared, and the caller's to destroy */
export const createStore = (options: TableOptions): Store => {
  const table = openTable(options);
  return {
    create: (scope, resource) => createResource(table, scope, resource),
    read: (scope, id, include) => readResource(table, scope, { id, include }),
    readMembers: async ({ directory, type }, id, limit) =>
      isId(id) ? readMembers(table, resourcePk(directory, type.name, id), limit) : [],
    update: (scope, before, change) => updateResource(table, scope, { before, change }),
    delete: (scope, before, { exact } = { exact: false }) => deleteResource(table, scope, { before, exact }),
    query: (scope, query) => queryResources(table, scope, query),
  };
};
