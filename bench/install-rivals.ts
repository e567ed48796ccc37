/** Installs the libraries to compare with. They are not dependencies of the product, so `npm ci` skips them. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const lock = `${folder}package-lock.json`;
/** The file that npm writes after an installation. */
const installed = `${folder}node_modules/.package-lock.json`;

/** Installs them into bench/node_modules, unless they are newer than the lock. */
export const installRivals = (): void => {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('Installing the libraries to compare with into bench/node_modules...');
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
};
