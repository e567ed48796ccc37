/** Changes of a directory's schemas that would leave what it holds without what it needs: they are refused. */
import { resourceTypesOf, uniquePaths } from '../scim/index.ts';
import type { Directory } from '../store/items/directory-item.ts';
import { badRequest } from './admin-error.ts';

/** @throws AdminError 400 for a resource type that goes, and for an attribute that becomes unique or no longer is */
export const refuseStranded = (before: Directory, after: Directory): void => {
  const types = new Map(resourceTypesOf(after).map((type) => [type.name, type]));
  for (const type of resourceTypesOf(before)) {
    const next = types.get(type.name);
    if (next === undefined || next.endpoint !== type.endpoint)
      throw badRequest(`resourceTypes: ${type.name} cannot be taken away or moved: there may be resources of it`);
    const [was, is] = [new Set(uniquePaths(type)), new Set(uniquePaths(next))];
    const moved = [...was].find((path) => !is.has(path)) ?? [...is].find((path) => !was.has(path));
    if (moved !== undefined)
      throw badRequest(
        `schemas: the uniqueness of ${moved} cannot be changed: the values that are there hold no claim`,
      );
  }
};
