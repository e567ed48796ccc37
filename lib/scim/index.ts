/** Public interface of the protocol core. */

export { type DirectorySettings, resourceTypesOf } from './directory/directory.ts';
export { SettingFault } from './directory/setting-fault.ts';
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
export type { BoundFilter } from './filter/bound-filter.ts';
export { fold } from './json/fold.ts';
export { isObject, type Json, type JsonObject, own } from './json/json.ts';
export { excessOf } from './json/json-shape.ts';
export { countFitting } from './json/json-size.ts';
export { limits } from './limits.ts';
export { type CursorKey, createCursorKey } from './lists/cursor.ts';
export { compareSortKeys, type SortKey } from './lists/sort.ts';
export { toPatchLocation } from './patch/patch-target.ts';
export { equalTerms } from './patch/patch-values.ts';
export type { Caller, ScimRequest, ScimResponse } from './protocol/request.ts';
export { createServiceProvider } from './protocol/serve.ts';
export { toRepresentation } from './resource/representation.ts';
export { type Target, targetPath } from './schema/attribute-path.ts';
export { commonAttributes } from './schema/common.ts';
export { namesOf } from './schema/reference-names.ts';
export { groupType, resourceTypes, userType } from './schema/resource-types.ts';
export type { Attribute, ResourceType } from './schema/schema.ts';
export { uniquePaths } from './schema/storable.ts';
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
