/** What an engineer may say of a directory when it is made: read by the admin API, and so by `--settings` and the CLI. */
import * as z from 'zod/mini';
import { resourceTypesOf, SettingFault } from '../../scim/index.ts';
import { plainSettings } from '../items/directory-item.ts';
import { oversize, SchemaSettings } from '../items/schema-settings.ts';

const Shape = z.strictObject({ ...plainSettings, ...SchemaSettings.shape });

/** @returns what is wrong with settings that each for itself are right */
const faultOf = (settings: z.infer<typeof Shape>): Pick<SettingFault, 'path' | 'message'> | undefined => {
  const large = oversize(settings);
  if (large !== undefined) return { path: ['schemas'], message: large };
  try {
    resourceTypesOf(settings);
    return undefined;
  } catch (error) {
    if (error instanceof SettingFault) return error;
    throw error;
  }
};

/** Every setting but the id has its default: docs/directories.md. */
export const DirectorySettings = Shape.check(({ value, issues }) => {
  const fault = faultOf(value);
  if (fault !== undefined) issues.push({ code: 'custom', input: value, path: [...fault.path], message: fault.message });
});
export type DirectorySettings = z.infer<typeof DirectorySettings>;
