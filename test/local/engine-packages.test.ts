import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const Package = z.object({ optionalDependencies: z.record(z.string(), z.string()) });
const Lock = z.object({ packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })) });

// npm drops entries of other platforms from the lock when it cannot reach them, and `npm ci` then fails on them.
test.each(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'])(
  'the engine for %s stays in package.json and in the lock',
  (platform) => {
    const name = `@dynoxide/${platform}`;
    const [os, cpu] = platform.split('-');
    expect(Package.parse(read('package.json')).optionalDependencies[name]).toBe('1.2.1');
    expect(Lock.parse(read('package-lock.json')).packages[`node_modules/${name}`]).toMatchObject({
      version: '1.2.1',
      optional: true,
      os: [os],
      cpu: [cpu],
    });
  },
);
