/** The members of a group of any size, page by page in the order of their ids: whoever stays is never missed. */
import type { Member, Scope } from '../../scim/index.ts';
import { toMember, toStoredResource } from '../items/resource-item.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { isId, MEMBER_PREFIX, resourceKey, resourcePk } from '../table/keys.ts';

/** `after`: the id behind which to go on, undefined at the beginning. */
type From = { readonly after: string | undefined; readonly limit: number };
/** `after` is undefined at the end. A group that is not there has no members. */
export type ReadMembers = (
  scope: Scope,
  id: string,
  from: From,
) => Promise<{ readonly members: readonly Member[]; readonly after: string | undefined }>;

/** Sorts right behind an id, before the next one. */
const behind = (id: string | undefined) => (id === undefined ? MEMBER_PREFIX : `${MEMBER_PREFIX}${id} `);

export const createReadMembers = (options: TableOptions): ReadMembers => {
  const table = openTable(options);
  return async ({ directory, type }, id, { after, limit }) => {
    const group = isId(id) ? await table.get(resourceKey(directory, type.name, id)) : undefined;
    if (toStoredResource(group, table.clock()) === undefined) return { members: [], after: undefined };
    const edges = await table.query({ pk: resourcePk(directory, type.name, id), from: behind(after), limit });
    const members = edges.map(toMember);
    return { members, after: members.length < limit ? undefined : members.at(-1)?.id };
  };
};
