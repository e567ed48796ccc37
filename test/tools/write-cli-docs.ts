/** `npm run write:cli-docs`: generates docs/cli.md from the data of the commands. */
import { writeFileSync } from 'node:fs';
import { toCliReference } from './cli-reference.ts';

writeFileSync(new URL('../../docs/cli.md', import.meta.url), toCliReference());
