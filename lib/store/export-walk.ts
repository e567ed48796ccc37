/**
 * Everything of a directory, in the order of ids and without page numbers: what was there throughout is never missed,
 * whatever is made or deleted meanwhile.
 */
import type { Loaded, Member, Scope } from '../scim/index.ts';
import { isId, listPk, MEMBER_PREFIX, resourceKey, resourcePk } from './keys.ts';
import { loadResources } from './load-resources.ts';
import { toMember, toStoredResource } from './stored-resource.ts';
import { openTable, type TableOptions } from './table-calls.ts';

/** `after`: the id behind which to go on, undefined at the beginning; in an answer undefined at the end. */
type From = { readonly after: string | undefined; readonly limit: number };
export type ExportWalk = {
  /** With no memberships. May hold fewer than `limit`, and none, before the end. */
  readResources(scope: Scope, from: From): Promise<{ resources: readonly Loaded[]; after: string | undefined }>;
  /** @returns no members for a group that is not there */
  readMembers(scope: Scope, id: string, from: From): Promise<{ members: readonly Member[]; after: string | undefined }>;
};

/** Sorts right behind an id, before the next one. */
const behind = (prefix: string, id: string | undefined) => (id === undefined ? prefix : `${prefix}${id} `);
const AT_BEGINNING = '0';

export const createExportWalk = (options: TableOptions): ExportWalk => {
  const table = openTable(options);
  return {
    async readResources(scope, { after, limit }) {
      const { directory, type } = scope;
      const from = after === undefined ? AT_BEGINNING : behind('', after);
      const found = await table.query({ pk: listPk(directory, type.name), from, limit });
      const ids = found.map(({ sk }) => String(sk));
      const resources = await loadResources(table, scope, { ids, needs: { groups: false, members: 'none' } });
      return { resources, after: ids.length < limit ? undefined : ids.at(-1) };
    },
    async readMembers({ directory, type }, id, { after, limit }) {
      const group = isId(id) ? await table.get(resourceKey(directory, type.name, id)) : undefined;
      if (toStoredResource(group, table.clock()) === undefined) return { members: [], after: undefined };
      const pk = resourcePk(directory, type.name, id);
      const edges = await table.query({ pk, from: behind(MEMBER_PREFIX, after), limit });
      const members = edges.map(toMember);
      return { members, after: members.length < limit ? undefined : members.at(-1)?.id };
    },
  };
};
