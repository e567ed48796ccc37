#!/usr/bin/env node
/** `scim` of an installed package: finds its own TypeScript loader from any working directory. */
await import(import.meta.resolve('tsx'));
await import('./scim.ts');
