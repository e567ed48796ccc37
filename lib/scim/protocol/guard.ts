/** Detects writes that end a user's access: the one place that decides what the deactivation guard counts. */
import type { JsonObject } from '../json/json.ts';
import type { ResourceType } from '../schema/schema.ts';
import type { Store } from '../store-port.ts';
import type { Caller } from './request.ts';

const hasAccess = ({ schema }: ResourceType) =>
  schema.attributes.some(({ name, type }) => name === 'active' && type === 'boolean');

/** Whether a change deactivates. No `active` counts as active, which RFC 7643 section 4.1.1 leaves open. */
const deactivates = (before: JsonObject, after: JsonObject | undefined) =>
  after !== undefined && before.active !== false && after.active === false;

/**
 * Wraps the store for one request: calls the guard before the first write that deactivates or deletes a resource whose
 * type has `active`. Repeated attempts of the same request count once.
 */
export const guardedStore = (store: Store, guard: Caller['guard']): Store => {
  if (guard === undefined) return store;
  let counted = false;
  const count = async (type: ResourceType) => {
    if (!counted) await guard(type);
    counted = true;
  };
  return {
    ...store,
    update: async (scope, before, change) => {
      if (hasAccess(scope.type) && deactivates(before.attributes, change.attributes)) await count(scope.type);
      return store.update(scope, before, change);
    },
    delete: async (scope, before, options) => {
      if (hasAccess(scope.type)) await count(scope.type);
      return store.delete(scope, before, options);
    },
  };
};
