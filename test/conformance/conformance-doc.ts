/** `docs/conformance.md`, made from the requirements and from what is recorded of the vectors. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { countsOf, type Requirement, readRequirements, root, type TestName } from './requirements.ts';

export const DOC = `${root}docs/conformance.md`;

const vectors = <T>(file: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(`${root}test/fixtures/vectors/${file}`, 'utf8')));
const PatchVectors = z.object({ vectors: z.array(z.object({ id: z.string(), title: z.string() })) });

const cell = (text: string) => text.replaceAll('|', '\\|');
const fileName = ({ file }: TestName) => file.replace(/^test\//, '').replace(/\.test\.ts$/, '');
const row = ({ id, section, level, requirement, test, no }: Requirement): string => {
  const files = [...new Set((test ?? []).map(fileName))].map((file) => `\`${file}\``);
  return `| ${id} | ${section} | ${level} | ${cell(requirement)} | ${no === undefined ? files.join(', ') : `no: ${cell(no)}`} |`;
};

const countTable = (requirements: readonly Requirement[]) => [
  '| RFC | requirements | shown by tests | not, with the reason |',
  '|---|---|---|---|',
  ...countsOf(requirements).map(({ rfc, tested, not }) => `| ${rfc} | ${tested + not} | ${tested} | ${not} |`),
];

const rfcSection = (rfc: number, requirements: readonly Requirement[]) => [
  '',
  `## RFC ${rfc}`,
  '',
  '| requirement | section | level | what it asks | shown by |',
  '|---|---|---|---|---|',
  ...requirements.filter((requirement) => requirement.rfc === rfc).map(row),
];

const refusalRows = () => {
  const titles = new Map(vectors('patch.json', PatchVectors).vectors.map(({ id, title }) => [id, title]));
  const refusals = vectors('rfc-refusals.json', z.record(z.string(), z.array(z.string())));
  return Object.entries(refusals).map(
    ([id, dialects]) =>
      `| ${id} | ${cell(titles.get(id) ?? '')} | ${dialects.map((name) => `\`${name}\``).join(', ')} |`,
  );
};
const deviationLines = () => {
  const deviations = Object.entries(vectors('deviations.json', z.record(z.string(), z.string())));
  return deviations.length === 0
    ? ['Mode `tolerant` answers every vector as mode `rfc` must: none deviates.']
    : ['Mode `tolerant` answers these otherwise:', '', ...deviations.map(([id, dialect]) => `- ${id}: \`${dialect}\``)];
};

export const renderDoc = (): string => {
  const requirements = readRequirements();
  return [
    '# Conformance',
    '',
    'Made by `npm run check:conformance -- --write`; not to be edited by hand. What RFC 7643, RFC 7644 and RFC 9865 ask',
    'of a service provider, in our own words, and where `test/` shows it, in a directory in mode `rfc`. The rows, with',
    'the names of the tests, are in `test/fixtures/rfc-requirements.json`; `npm run check:conformance` runs those tests.',
    '',
    ...countTable(requirements),
    '',
    '## Vectors',
    '',
    'In mode `rfc` all vectors of `test/fixtures/vectors` that the RFCs decide pass over HTTP, and so do all filters.',
    ...deviationLines(),
    '',
    'Of the PATCH vectors beyond the RFCs mode `rfc` refuses these, which mode `tolerant` takes under a dialect:',
    '',
    '| vector | what is sent | dialects |',
    '|---|---|---|',
    ...refusalRows(),
    ...[7643, 7644, 9865].flatMap((rfc) => rfcSection(rfc, requirements)),
    '',
  ].join('\n');
};
