/** Parses docs/asyncapi.json with @asyncapi/parser. Exit code 1: one line for each error. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, file] = process.argv.slice(2);
const { Parser } = createRequire(`${folder}/`)('@asyncapi/parser');
const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { message, path } of errors) console.log(`${file}: ${path.join('.')}: ${message}`);
console.log(`${document?.messages().all().length ?? 0} messages, ${errors.length} errors`);
process.exitCode = document === undefined || errors.length > 0 ? 1 : 0;
