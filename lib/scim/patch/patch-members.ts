/** What one operation does to `members`: they are items of their own, so only those that it names are looked at. */
import type { Tolerate } from '../dialect.ts';
import { mutability } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { compileValueFilter } from '../filter/evaluate-filter.ts';
import { toMembers } from '../resource/members.ts';
import { type Locate, toMemberValue } from '../resource/representation.ts';
import { targetPath } from '../schema/attribute-path.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';
import type { Member } from '../store-port.ts';
import { type MemberPatch, namedIds } from './member-changes.ts';
import type { Operation } from './patch-request.ts';
import { type PatchContext, type PatchTarget, toPatchLocation } from './patch-target.ts';

type Edit = Operation & { readonly context: PatchContext };

export const isMembers = (type: ResourceType, attribute: Attribute) => attribute.name === type.members?.attribute;

const selectMembers = (
  filter: BoundFilter,
  present: readonly Member[],
  locate: Locate | undefined,
): readonly string[] => {
  const matches = compileValueFilter(filter);
  return present.filter((member) => matches(toMemberValue(member, locate))).map(({ id }) => id);
};

/** @throws mutability for anything but adding and removing whole members */
export const patchMembers = (members: MemberPatch, location: PatchTarget, edit: Edit): void => {
  const { op, value, context } = edit;
  const { target, filter } = location;
  const path = targetPath(target);
  if (target.sub !== undefined || (filter !== undefined && op !== 'remove'))
    throw mutability(`${path}: a member cannot be changed, only added and removed`);
  const given = () => toMembers(value ?? null, context.type, context.tolerate);
  if (filter !== undefined)
    members.remove(namedIds(filter) ?? selectMembers(filter, members.present(context.membersBefore), context.locate));
  else if (op === 'add') members.add(given());
  else if (op === 'replace') members.replace(given());
  else if (value !== undefined && value !== null && context.tolerate('removeWithValue'))
    members.remove(given().map(({ id }) => id));
  else members.removeAll();
};

/** Whether an operation selects members by something else than their value: then they must be read. */
export function selectsMembers(operations: readonly Operation[], type: ResourceType, tolerate: Tolerate): boolean {
  const { members } = type;
  if (members === undefined) return false;
  return operations.some(({ path }) => {
    if (path === undefined || !path.includes('[')) return false;
    const location = toPatchLocation(path, type, tolerate);
    if ('extension' in location || location.filter === undefined) return false;
    return isMembers(type, location.target.attribute) && namedIds(location.filter) === undefined;
  });
}
