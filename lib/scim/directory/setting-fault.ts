/** Errors in the settings of a directory. */

/** The path of a setting, for example `['schemas', 0, 'name']`. */
export type SettingPath = readonly (string | number)[];

/** An invalid setting, reported to the engineer who wrote it. */
export class SettingFault extends Error {
  readonly path: SettingPath;
  /** @param message a phrase that is displayed after the path and a colon, so without a full stop */
  constructor(path: SettingPath, message: string) {
    super(message);
    this.name = 'SettingFault';
    this.path = path;
  }
}
