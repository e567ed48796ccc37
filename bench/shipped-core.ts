/**
 * The core as it is shipped: bundled and minified like the functions. In development, tsx adds code that names every
 * function on creation, which costs time that no Lambda spends.
 */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../lib/infra/bundle.ts';

type Core = typeof import('./core.ts');

const load = async (): Promise<Core> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'));
  const file = join(folder, 'core.cjs');
  bundle(fileURLToPath(new URL('core.ts', import.meta.url)), file);
  const core = createRequire(import.meta.url)(file) as Core;
  rmSync(folder, { recursive: true });
  return core;
};

export const core = await load();
