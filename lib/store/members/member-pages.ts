/**
 * Reads the members of a group of any size page by page, in the order of their ids. A member present throughout is
 * never missed.
 */
import type { Member, Scope } from '../../scim/index.ts';
import { toMember, toStoredResource } from '../items/resource-item.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { isId, MEMBER_PREFIX, resourceKey, resourcePk } from '../table/keys.ts';

/** `after`: the last id of the previous page, undefined for the first page. */
type From = { readonly after: string | undefined; readonly limit: number };
/** In the result, `after` is undefined on the last page. @returns undefined if the group does not exist */
export type ReadMembers = (
  scope: Scope,
  id: string,
  from: From,
) => Promise<{ readonly members: readonly Member[]; readonly after: string | undefined } | undefined>;

/** Calls of 1 MB each, in case the members' displays are long. */
const MAX_PAGES = 8;

/** @returns a sort key after the id and before the next one */
const startAfter = (id: string | undefined) => (id === undefined ? MEMBER_PREFIX : `${MEMBER_PREFIX}${id} `);

export const createReadMembers = (options: TableOptions): ReadMembers => {
  const table = openTable(options);
  return async ({ directory, type }, id, { after, limit }) => {
    const group = isId(id) ? await table.get(resourceKey(directory, type.name, id)) : undefined;
    if (toStoredResource(group, table.clock()) === undefined) return undefined;
    const members: Member[] = [];
    let pages = 0;
    for await (const page of table.pages({
      pk: resourcePk(directory, type.name, id),
      from: startAfter(after),
      limit,
    })) {
      members.push(...page.map(toMember));
      pages += 1;
      if (pages === MAX_PAGES) return { members, after: members.at(-1)?.id };
    }
    return { members, after: members.length < limit ? undefined : members.at(-1)?.id };
  };
};
