/** Applies one operation to `members`. Members are separate items, so only those that it names are read. */
import type { Tolerate } from '../dialect.ts';
import { mutability } from '../error.ts';
import type { BoundFilter } from '../filter/bound-filter.ts';
import { compileValueFilter } from '../filter/evaluate-filter.ts';
import { toMembers, toReplacement, withoutItself } from '../resource/members.ts';
import { type Locate, toMemberValue } from '../resource/representation.ts';
import { targetPath } from '../schema/attribute-path.ts';
import type { Attribute, ResourceType } from '../schema/schema.ts';
import type { Member } from '../store-port.ts';
import { type MemberPatch, namedIds } from './member-changes.ts';
import type { Operation } from './patch-request.ts';
import { type PatchContext, type PatchTarget, tryPatchLocation } from './patch-target.ts';
import { valueOfRemove } from './patch-values.ts';

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

/** Records the operation's effect on the members. @throws mutability unless it adds or removes whole members */
export const patchMembers = (members: MemberPatch, location: PatchTarget, edit: Edit): void => {
  const { op, value, context } = edit;
  const { target, filter } = location;
  const path = targetPath(target);
  if (target.sub !== undefined || (filter !== undefined && op !== 'remove'))
    throw mutability(`${path} cannot be changed in place: remove the member and add it again.`);
  const { id, tolerate, type } = context;
  const toGiven = () => toMembers(value ?? null, type, tolerate);
  if (filter !== undefined)
    members.remove(namedIds(filter) ?? selectMembers(filter, members.present(context.membersBefore), context.locate));
  else if (op === 'add') members.add(withoutItself(toGiven(), id, tolerate));
  else if (op === 'replace') members.replace(withoutItself(toReplacement(value ?? null, type, tolerate), id, tolerate));
  else if (value === undefined || value === null) members.removeAll();
  else if (tolerate('removeWithValue')) members.remove(toGiven().map(({ id }) => id));
  else throw valueOfRemove(path);
};

/** Whether an operation selects members by anything but their value, so that they must be read. */
export function selectsMembers(operations: readonly Operation[], type: ResourceType, tolerate: Tolerate): boolean {
  const { members } = type;
  if (members === undefined) return false;
  return operations.some(({ path }) => {
    if (path === undefined || !path.includes('[')) return false;
    const location = tryPatchLocation(path, type, tolerate);
    if (location === undefined || 'extension' in location || location.filter === undefined) return false;
    return isMembers(type, location.target.attribute) && namedIds(location.filter) === undefined;
  });
}
