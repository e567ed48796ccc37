/** The settings of a new directory, as the admin API, and with it `--settings` and the CLI, accept them. */
import * as z from 'zod/mini';
import { resourceTypesOf, SettingFault } from '../../scim/index.ts';
import { plainSettings } from '../items/directory-item.ts';
import { oversize, SchemaSettings } from '../items/schema-settings.ts';

/** DynamoDB stores no number below 1e-130, and a smaller share than this is a typing error. */
const LEAST_PERCENT = 0.01;

const Shape = z.strictObject({ ...plainSettings, ...SchemaSettings.shape });

/** @returns the first error in the combination of settings that are valid one by one */
const faultOf = (settings: z.infer<typeof Shape>): Pick<SettingFault, 'path' | 'message'> | undefined => {
  const large = oversize(settings);
  if (large !== undefined) return { path: ['schemas'], message: large };
  const { guard } = settings;
  // Not part of the guard's own schema, which reads stored directories too.
  if (guard !== undefined && 'percent' in guard && guard.percent > 0 && guard.percent < LEAST_PERCENT)
    return { path: ['guard', 'percent'], message: `must be at least ${LEAST_PERCENT}` };
  try {
    resourceTypesOf(settings);
    return undefined;
  } catch (error) {
    if (error instanceof SettingFault) return error;
    throw error;
  }
};

const LABEL_BYTES = 4096;
/**
 * Checked when labels change, and not when a stored directory is read: events of the first release did not carry them.
 * @returns the first error
 */
export const labelFault = (labels: Readonly<Record<string, string>>): string | undefined => {
  const dotted = Object.keys(labels).find((name) => name.includes('.'));
  if (dotted !== undefined) return `labels.${dotted}: must not contain a dot, which EventBridge reads as a path`;
  const bytes = Object.entries(labels).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return bytes > LABEL_BYTES
    ? `labels: must have at most ${LABEL_BYTES} bytes in all, because every event has them`
    : undefined;
};

/** Every setting except the id has a default (docs/directories.md). */
export const DirectorySettings = Shape.check(({ value, issues }) => {
  const fault = faultOf(value);
  if (fault !== undefined) issues.push({ code: 'custom', input: value, path: [...fault.path], message: fault.message });
});
export type DirectorySettings = z.infer<typeof DirectorySettings>;
