/** Compiles the examples of docs/events.md against the subscriber types, with the project's compiler options. */
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { type Example, printExamples, TYPES_FILE } from './event-documents.ts';

/** Exists only in memory, nothing is written to disk. */
const EXAMPLES = `${dirname(TYPES_FILE)}/examples-of-the-document.ts`;

/** @returns the compiler's diagnostics */
export const compileExamples = (examples: readonly Example[]): readonly string[] => {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, '.').options, types: [] };
  const host = ts.createCompilerHost(options);
  const path = resolve(EXAMPLES);
  const text = printExamples(TYPES_FILE.replace(dirname(TYPES_FILE), '.'), examples);
  const getSourceFile = host.getSourceFile;
  host.fileExists = (file) => resolve(file) === path || ts.sys.fileExists(file);
  host.getSourceFile = (file, language, ...rest) =>
    resolve(file) === path ? ts.createSourceFile(file, text, language) : getSourceFile(file, language, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};
