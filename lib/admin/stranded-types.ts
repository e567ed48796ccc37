/** Refuses schema changes that would leave existing resources without an endpoint or an index. */
import { resourceTypesOf, uniquePaths } from '../scim/index.ts';
import type { Directory } from '../store/items/directory-item.ts';
import { badRequest } from './admin-error.ts';

/** @throws AdminError 400 for a removed or moved resource type, or an attribute whose uniqueness changes */
export const refuseStranded = (before: Directory, after: Directory): void => {
  const types = new Map(resourceTypesOf(after).map((type) => [type.name, type]));
  for (const type of resourceTypesOf(before)) {
    const next = types.get(type.name);
    if (next === undefined || next.endpoint !== type.endpoint)
      throw badRequest(
        `resourceTypes: ${type.name} cannot be removed or moved because resources of this type may exist`,
      );
    const [was, is] = [new Set(uniquePaths(type)), new Set(uniquePaths(next))];
    const changed = [...was].find((path) => !is.has(path)) ?? [...is].find((path) => !was.has(path));
    if (changed !== undefined)
      throw badRequest(
        `schemas: the uniqueness of ${changed} cannot be changed because existing values are not indexed`,
      );
  }
};
