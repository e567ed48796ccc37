/** The core's front door. */

export { SettingFault } from './directory/setting-fault.ts';
export { type DirectorySettings, resourceTypesOf } from './directory.ts';
export {
  invalidCursor,
  invalidValue,
  notFinished,
  notFound,
  paused,
  ScimError,
  toErrorBody,
  tooMany,
  unavailable,
  uniqueness,
} from './error.ts';
export { type BoundFilter, type Target, targetPath } from './filter/bound-filter.ts';
export { fold } from './fold.ts';
export { isObject, type Json, type JsonObject, own } from './json.ts';
export { limits } from './limits.ts';
export type { Caller, ScimRequest, ScimResponse } from './protocol/request.ts';
export { createServiceProvider } from './protocol/serve.ts';
export { toRepresentation } from './representation.ts';
export { groupType, resourceTypes, userType } from './resource-types.ts';
export type { Attribute, ResourceType } from './schema.ts';
export { commonAttributes } from './schemas/common.ts';
export { compareSortKeys, type SortKey } from './sort.ts';
export type {
  Actor,
  Change,
  GroupReference,
  Include,
  Loaded,
  Member,
  MemberChanges,
  Order,
  Page,
  Query,
  Reason,
  Scope,
  Store,
  StoredResource,
  WriteScope,
} from './store-port.ts';
