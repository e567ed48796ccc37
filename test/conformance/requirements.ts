/**
 * What the RFCs ask of a service provider: `test/fixtures/rfc-requirements.json`, a row for each MUST, SHALL and SHOULD.
 * A row names the tests that show it, or says why there is none.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const Level = z.enum(['MUST', 'MUST NOT', 'SHALL', 'SHALL NOT', 'SHOULD', 'SHOULD NOT', 'REQUIRED', 'RECOMMENDED']);
/** `name`: the titles from the outermost to the test's own, joined by ` > `; one that ends in `*` means all that begin so. */
const TestName = z.strictObject({ file: z.string(), name: z.string() });
const Requirement = z.strictObject({
  id: z.string(),
  rfc: z.union([z.literal(7643), z.literal(7644), z.literal(9865)]),
  section: z.string(),
  level: Level,
  /** In our own words. */
  requirement: z.string().min(1),
  test: z.array(TestName).optional(),
  /** Why it is not fulfilled, or not shown by a test. */
  no: z.string().optional(),
});
export type Requirement = z.infer<typeof Requirement>;
export type TestName = z.infer<typeof TestName>;

export const root = new URL('../..', import.meta.url).pathname;
export const readRequirements = (): readonly Requirement[] =>
  z.array(Requirement).parse(JSON.parse(readFileSync(`${root}test/fixtures/rfc-requirements.json`, 'utf8')));

export const testFilesOf = (requirements: readonly Requirement[]): readonly string[] =>
  [...new Set(requirements.flatMap(({ test = [] }) => test.map(({ file }) => file)))].sort();

/** @returns what is wrong with the row itself, whatever tests there are */
const faultsOfRow = ({ id, rfc, section, test = [], no }: Requirement): string[] => [
  ...(id.startsWith(`${rfc}-${section}-`) ? [] : [`${id}: the id does not begin with ${rfc}-${section}-`]),
  ...(test.length === 0 && no === undefined ? [`${id}: neither a test nor a reason why there is none`] : []),
  ...(test.length > 0 && no !== undefined ? [`${id}: a test, and a reason why there is none`] : []),
  ...(no !== undefined && no.trim().length < 10 ? [`${id}: "no" without a reason`] : []),
];
const twice = (requirements: readonly Requirement[]): string[] => {
  const ids = requirements.map(({ id }) => id);
  return ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `${id}: there is another row with this id`);
};

/** @param faultOfTest what is wrong with a test that a row names; undefined: nothing */
export const faultsOf = (
  requirements: readonly Requirement[],
  faultOfTest: (test: TestName) => string | undefined,
): readonly string[] => [
  ...twice(requirements),
  ...requirements.flatMap((requirement) => [
    ...faultsOfRow(requirement),
    ...(requirement.test ?? []).flatMap((test) => {
      const fault = faultOfTest(test);
      return fault === undefined ? [] : [`${requirement.id}: ${fault}`];
    }),
  ]),
];

/** The outcome of each test, by file and by name. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Whether a name of a row means a test. */
const means = (name: string, title: string) =>
  name.endsWith('*') ? title.startsWith(name.slice(0, -1)) : title === name;

export const faultInResults =
  (results: Results) =>
  ({ file, name }: TestName): string | undefined => {
    const tests = results.get(file);
    if (tests === undefined) return `there is no test file ${file}`;
    const meant = [...tests].filter(([title]) => means(name, title));
    if (meant.length === 0) return `${file} has no test "${name}"`;
    const failed = meant.filter(([, status]) => status !== 'passed');
    return failed.length === 0 ? undefined : `"${failed[0]?.[0]}" in ${file} did not pass`;
  };

const TITLE = /(?:test|describe|\))\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
const PLACEHOLDER = /%[sidjfo#]|\$\{[^}]*\}|\$\w+/;
/** The titles that a test file writes, each as its fixed parts around what is filled in. */
const titlesIn = (source: string): readonly (readonly string[])[] =>
  [...source.matchAll(TITLE)].map(([, , title = '']) =>
    title.replace(/\\(.)/g, '$1').replaceAll('%%', '%').split(PLACEHOLDER),
  );
const fits = (parts: readonly string[], name: string): boolean => {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (!name.endsWith('*')) return new RegExp(`^${escaped.join('[\\s\\S]*')}$`).test(name);
  const [begin = ''] = parts;
  const wanted = name.slice(0, -1);
  return begin.startsWith(wanted) || (parts.length > 1 && wanted.startsWith(begin));
};

/** The quick check, without running a test: is there a title in the file that the name can be of? */
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
