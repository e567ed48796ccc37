/**
 * The RFCs' requirements on a service provider: `test/fixtures/rfc-requirements.json`, a row for each MUST, SHALL and
 * SHOULD. A row names the tests that cover it, or the reason why there is none.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const Level = z.enum(['MUST', 'MUST NOT', 'SHALL', 'SHALL NOT', 'SHOULD', 'SHOULD NOT', 'REQUIRED', 'RECOMMENDED']);
/** `name`: the titles from the outermost describe to the test, joined by ` > `; a trailing `*` matches any ending. */
const TestName = z.strictObject({ file: z.string(), name: z.string() });
const Requirement = z.strictObject({
  id: z.string(),
  rfc: z.union([z.literal(7643), z.literal(7644), z.literal(9865)]),
  section: z.string(),
  level: Level,
  /** Paraphrased, not quoted. */
  requirement: z.string().min(1),
  test: z.array(TestName).optional(),
  /** Why it is not supported, or not covered by a test. */
  no: z.string().optional(),
});
export type Requirement = z.infer<typeof Requirement>;
export type TestName = z.infer<typeof TestName>;

export const root = new URL('../..', import.meta.url).pathname;
export const readRequirements = (): readonly Requirement[] =>
  z.array(Requirement).parse(JSON.parse(readFileSync(`${root}test/fixtures/rfc-requirements.json`, 'utf8')));

export const testFilesOf = (requirements: readonly Requirement[]): readonly string[] =>
  [...new Set(requirements.flatMap(({ test = [] }) => test.map(({ file }) => file)))].sort();

/** @returns faults of the row itself, regardless of the tests it names */
const faultsOfRow = ({ id, rfc, section, test = [], no }: Requirement): string[] => [
  ...(id.startsWith(`${rfc}-${section}-`) ? [] : [`${id}: the id does not begin with ${rfc}-${section}-`]),
  ...(test.length === 0 && no === undefined ? [`${id}: neither a test nor a reason why there is none`] : []),
  ...(test.length > 0 && no !== undefined ? [`${id}: both a test and a reason why there is none`] : []),
  ...(no !== undefined && no.trim().length < 10 ? [`${id}: "no" without a reason`] : []),
];
const duplicateIds = (requirements: readonly Requirement[]): string[] => {
  const ids = requirements.map(({ id }) => id);
  return ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `${id}: another row has this id`);
};

/** @param faultOfTest the fault of a test that a row names, undefined if it has none */
export const faultsOf = (
  requirements: readonly Requirement[],
  faultOfTest: (test: TestName) => string | undefined,
): readonly string[] => [
  ...duplicateIds(requirements),
  ...requirements.flatMap((requirement) => [
    ...faultsOfRow(requirement),
    ...(requirement.test ?? []).flatMap((test) => {
      const fault = faultOfTest(test);
      return fault === undefined ? [] : [`${requirement.id}: ${fault}`];
    }),
  ]),
];

/** The status of each test, by file and by full title. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Whether a name in a row matches the full title of a test. */
const matches = (name: string, title: string) =>
  name.endsWith('*') ? title.startsWith(name.slice(0, -1)) : title === name;

export const faultInResults =
  (results: Results) =>
  ({ file, name }: TestName): string | undefined => {
    const tests = results.get(file);
    if (tests === undefined) return `there is no test file ${file}`;
    const matching = [...tests].filter(([title]) => matches(name, title));
    if (matching.length === 0) return `${file} has no test "${name}"`;
    const failed = matching.filter(([, status]) => status !== 'passed');
    return failed.length === 0 ? undefined : `"${failed[0]?.[0]}" in ${file} did not pass`;
  };

const TITLE = /(?:test|describe|\))\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
const PLACEHOLDER = /%[sidjfo#]|\$\{[^}]*\}|\$\w+/;
/** The titles in a test file, each split at its placeholders. */
const titlesIn = (source: string): readonly (readonly string[])[] =>
  [...source.matchAll(TITLE)].map(([, , title = '']) =>
    title.replace(/\\(.)/g, '$1').replaceAll('%%', '%').split(PLACEHOLDER),
  );
const fits = (parts: readonly string[], name: string): boolean => {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (!name.endsWith('*')) return new RegExp(`^${escaped.join('[\\s\\S]*')}$`).test(name);
  const [begin = ''] = parts;
  const prefix = name.slice(0, -1);
  return begin.startsWith(prefix) || (parts.length > 1 && prefix.startsWith(begin));
};

/** Quick check that runs no test: looks in the file for a title that the name can match. */
export const faultInSource = ({ file, name }: TestName): string | undefined => {
  let source: string;
  try {
    source = readFileSync(`${root}${file}`, 'utf8');
  } catch {
    return `there is no test file ${file}`;
  }
  const own = name.split(' > ').at(-1) ?? name;
  return titlesIn(source).some((parts) => fits(parts, own)) ? undefined : `${file} has no test "${name}"`;
};

export type Count = { readonly rfc: number; readonly tested: number; readonly not: number };
export const countsOf = (requirements: readonly Requirement[]): readonly Count[] =>
  [7643, 7644, 9865].map((rfc) => {
    const own = requirements.filter((requirement) => requirement.rfc === rfc);
    const tested = own.filter(({ test = [] }) => test.length > 0).length;
    return { rfc, tested, not: own.length - tested };
  });
