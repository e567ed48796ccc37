/** `--settings FILE`: the directories of a local run. The admin API validates the settings of each directory. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { LocalRunError } from './local-run-error.ts';

export type DirectorySettings = { readonly id: string; readonly [setting: string]: unknown };

const Settings = z.strictObject({ directories: z.array(z.looseObject({ id: z.string() })).min(1) });

/** The directories of a run without a settings file. */
export const DEMO_DIRECTORIES: readonly DirectorySettings[] = [{ id: 'demo' }, { id: 'demo2' }];

const parse = (text: string): unknown => {
  const json = parseJson(text);
  if (json === undefined) throw new Error('it is not JSON');
  return json;
};

/** @throws LocalRunError if the file cannot be read or is invalid */
export function readSettings(file: string): readonly DirectorySettings[] {
  try {
    const settings = Settings.safeParse(parse(readFileSync(file, 'utf8')));
    if (!settings.success)
      throw new Error(
        settings.error.issues.map((i) => `${i.path.join('.')}${i.path.length > 0 ? ': ' : ''}${i.message}`).join('; '),
      );
    const ids = settings.data.directories.map(({ id }) => id);
    const duplicate = ids.find((id, i) => ids.indexOf(id) !== i);
    if (duplicate !== undefined) throw new Error(`the directory ${JSON.stringify(duplicate)} is listed twice`);
    return settings.data.directories;
  } catch (error) {
    throw new LocalRunError(
      `The settings file ${file} cannot be used: ${error instanceof Error ? error.message : error}.`,
    );
  }
}
