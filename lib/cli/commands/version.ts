/** The version of the package. This module and the built programs of the tests both lie three levels below it. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const Package = z.object({ version: z.string() });

export const readVersion = (): string =>
  Package.parse(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))).version;
