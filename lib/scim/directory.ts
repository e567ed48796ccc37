/** What the core must know of a directory: the settings that change the protocol's answers. */
import type { Mode } from './dialect.ts';
import { groupType, resourceTypes } from './resource-types.ts';
import type { ResourceType } from './schema.ts';

export type DirectorySettings = {
  readonly id: string;
  readonly mode: Mode;
  readonly uniqueGroupNames: boolean;
};

/** Two groups may have one name: then it is found without being claimed, because it is sorted. */
const anyNameGroupType: ResourceType = {
  ...groupType,
  schema: {
    ...groupType.schema,
    attributes: groupType.schema.attributes.map((attribute) =>
      attribute.name === 'displayName' ? { ...attribute, uniqueness: 'none' } : attribute,
    ),
  },
};
const typesWithAnyGroupNames = resourceTypes.map((type) => (type === groupType ? anyNameGroupType : type));

/** The resource types of a directory, with the schemas that hold in it. */
export const resourceTypesOf = ({ uniqueGroupNames }: DirectorySettings): readonly ResourceType[] =>
  uniqueGroupNames ? resourceTypes : typesWithAnyGroupNames;
