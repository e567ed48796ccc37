/** What is written from the definitions of the events, and what is checked of the documentation. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { detailSchemas } from '../../lib/events/event-schemas.ts';
import { eventTypes } from '../../lib/events/event-types.ts';
import { printType } from './print-type.ts';

const DOCUMENT = 'docs/events.md';
export const TYPES_FILE = 'lib/subscriber/lifecycle-events.ts';
const SCHEMAS = 'docs/event-schemas';
const schemaFile = (type: string) => `${SCHEMAS}/${type}.json`;

const format = (file: string, text: string) =>
  execFileSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${file}`], { input: text, encoding: 'utf8' });

const printTypes = () => {
  const entries = [...detailSchemas()].map(
    ([type, schema]) => `readonly ${JSON.stringify(type)}: ${printType(schema)};`,
  );
  return `/**
 * The \`detail\` of each type of lifecycle event: copy this file, or import it with \`import type\`. Written by
 * \`npm run write:event-docs\` from lib/events/event-types.ts.
 */
export type LifecycleEvents = { ${entries.join('\n\n')} };
/** For a \`switch\` over \`type\`. New types and new optional fields may come: ignore what you do not know. */
export type LifecycleEvent = LifecycleEvents[keyof LifecycleEvents];
`;
};

/** File -> its text. */
const writtenFiles = (): ReadonlyMap<string, string> =>
  new Map([
    [TYPES_FILE, format(TYPES_FILE, printTypes())],
    ...[...detailSchemas()].map(([type, schema]): [string, string] => {
      const { $schema, ...rest } = schema;
      const text = JSON.stringify({ $schema, title: type, ...rest });
      return [schemaFile(type), format(schemaFile(type), text)];
    }),
  ]);

export const writeFiles = (): void => {
  rmSync(SCHEMAS, { recursive: true, force: true });
  mkdirSync(SCHEMAS, { recursive: true });
  for (const [file, text] of writtenFiles()) writeFileSync(file, text);
};

/** @returns a line for each file that is not as the definitions are */
export const checkFiles = (): readonly string[] => {
  const files = writtenFiles();
  const left = existsSync(SCHEMAS) ? readdirSync(SCHEMAS).map((name) => `${SCHEMAS}/${name}`) : [];
  const again = 'npm run write:event-docs';
  return [
    ...left.filter((file) => !files.has(file)).map((file) => `${file}: there is no such type: ${again}`),
    ...[...files]
      .filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
      .map(([file]) => `${file}: not as the definitions are: ${again}`),
  ];
};

const Detail = z.looseObject({ type: z.string() });
export type Example = z.infer<typeof Detail>;
const Whole = z.looseObject({ 'detail-type': z.string(), detail: Detail });
/** The examples of the document in their order: each block of JSON that is an event or the detail of one. */
export const readExamples = (text = readFileSync(DOCUMENT, 'utf8')): readonly Example[] =>
  [...text.matchAll(/```json\n(.*?)```/gs)].flatMap(([, block = '']) => {
    const value: unknown = JSON.parse(block);
    const whole = Whole.safeParse(value);
    const detail = whole.success ? whole : Detail.safeParse(value);
    if (!detail.success) return [];
    return [Detail.parse(whole.success ? whole.data.detail : value)];
  });

const WITH_TYPES = 'import type { LifecycleEvents } from ';
/** A module in which each example has its type, for the compiler. */
export const printExamples = (from: string, examples: readonly Example[]): string =>
  [
    `${WITH_TYPES}${JSON.stringify(from)};`,
    ...examples.map(
      (example, i) =>
        `export const example${i}: LifecycleEvents[${JSON.stringify(example.type)}] = ${JSON.stringify(example)};`,
    ),
  ].join('\n');

/** @returns a line for each type without an example, and for each example that is no event as it is defined */
export const checkExamples = (examples: readonly Example[]): readonly string[] => {
  const schemas = detailSchemas();
  const told = new Set(examples.map(({ type }) => type));
  const missing = Object.keys(eventTypes).filter((type) => !told.has(type));
  return [
    ...missing.map((type) => `${DOCUMENT}: no example of ${type}`),
    ...examples.flatMap((example, i) => {
      const name = `${DOCUMENT}: example ${i + 1} (${example.type})`;
      const schema = schemas.get(example.type);
      if (schema === undefined) return [`${name}: there is no such type`];
      const parsed = z.fromJSONSchema(schema).safeParse(example);
      return parsed.success ? [] : [`${name}: ${z.prettifyError(parsed.error)}`];
    }),
  ];
};
