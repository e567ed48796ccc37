/** What is wrong with the settings of a directory: told to the engineer who wrote them. */

/** Where a setting stands: `['schemas', 0, 'name']`. */
export type SettingPath = readonly (string | number)[];

export class SettingFault extends Error {
  readonly path: SettingPath;
  /** @param message a sentence without its beginning, which is the path */
  constructor(path: SettingPath, message: string) {
    super(message);
    this.name = 'SettingFault';
    this.path = path;
  }
}
