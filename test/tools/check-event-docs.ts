/**
 * `npm run check:event-docs`: checks that every lifecycle event type has a JSON Schema, an example valid against it, and a
 * TypeScript type that accepts the example in strict mode. `-- --write` regenerates schemas and types. Exit code 1: one
 * line for each fault.
 */
import { compileExamples } from './compile-examples.ts';
import { checkExamples, checkFiles, readExamples, writeFiles } from './event-documents.ts';

if (process.argv.includes('--write')) writeFiles();
const examples = readExamples();
const faults = [...checkFiles(), ...checkExamples(examples), ...compileExamples(examples)];
for (const fault of faults) console.log(fault);
console.log(`${new Set(examples.map(({ type }) => type)).size} types with examples, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
