/**
 * `npm run check:event-docs`: every type of lifecycle event has a JSON Schema, an example that it validates, and a
 * TypeScript type that takes the example, compiled strictly. `-- --write` writes schemas and types anew. Exit 1: a line
 * for each fault.
 */
import { compileExamples } from './compile-examples.ts';
import { checkExamples, checkFiles, readExamples, writeFiles } from './event-documents.ts';

if (process.argv.includes('--write')) writeFiles();
const examples = readExamples();
const faults = [...checkFiles(), ...checkExamples(examples), ...compileExamples(examples)];
for (const fault of faults) console.log(fault);
console.log(`${new Set(examples.map(({ type }) => type)).size} types with examples, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
