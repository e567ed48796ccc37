/** Implements the core's storage port on one DynamoDB table, with one file per action. */
import type { Store } from '../scim/index.ts';
import { queryResources } from './queries/query.ts';
import { readMembers, readResource } from './queries/read.ts';
import { createResource } from './resources/create.ts';
import { deleteResource } from './resources/delete.ts';
import { updateResource } from './resources/update.ts';
import { openTable } from './table/calls.ts';
import type { TableOptions } from './table/client.ts';
import { isId, resourcePk } from './table/keys.ts';

/** @param options the client is shared; the caller destroys it */
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
