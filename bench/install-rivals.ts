/** Brings the libraries to compare with: they are no dependencies of the product, so `npm ci` does not. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const lock = `${folder}package-lock.json`;
/** What npm writes when it has installed. */
const installed = `${folder}node_modules/.package-lock.json`;

/** Installs them into bench/node_modules, unless that was done after the lock last changed. */
export const installRivals = (): void => {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('Installing the libraries to compare with into bench/node_modules');
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
};
