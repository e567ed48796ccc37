/** Renders `docs/conformance.md` from the requirements and the recorded results of the vectors. */
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
  return `| ${id} | ${section} | ${level} | ${cell(requirement)} | ${no === undefined ? files.join(', ') : `none: ${cell(no)}`} |`;
};

const countTable = (requirements: readonly Requirement[]) => [
  '| RFC | requirements | covered by tests | not covered, with the reason |',
  '|---|---|---|---|',
  ...countsOf(requirements).map(({ rfc, tested, not }) => `| ${rfc} | ${tested + not} | ${tested} | ${not} |`),
];

const rfcSection = (rfc: number, requirements: readonly Requirement[]) => [
  '',
  `## RFC ${rfc}`,
  '',
  '| id | section | level | requirement | tests |',
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
    ? ['Mode `tolerant` passes all vectors.']
    : [
        'Mode `tolerant` passes all vectors except these, each because of a dialect:',
        '',
        ...deviations.map(([id, dialect]) => `- ${id}: \`${dialect}\``),
      ];
};

export const renderDoc = (): string => {
  const requirements = readRequirements();
  return [
    '# Conformance',
    '',
    'The requirements of RFC 7643, RFC 7644 and RFC 9865 on a service provider, paraphrased, with the files below `test/`',
    'that cover each of them in a directory in mode `rfc`. This file is generated: edit',
    '`test/fixtures/rfc-requirements.json`, which also names the tests, and run `npm run check:conformance -- --write`.',
    '`npm run check:conformance` runs those tests and reports each requirement without a passing test or a reason.',
    '',
    ...countTable(requirements),
    '',
    '## Vectors',
    '',
    'Mode `rfc` passes, over HTTP, all vectors of `test/fixtures/vectors` that the RFCs decide, and all filter vectors.',
    ...deviationLines(),
    '',
    'Some PATCH vectors go beyond the RFCs. Mode `rfc` refuses these; mode `tolerant` accepts them under a dialect:',
    '',
    '| vector | request | dialects |',
    '|---|---|---|',
    ...refusalRows(),
    ...[7643, 7644, 9865].flatMap((rfc) => rfcSection(rfc, requirements)),
    '',
  ].join('\n');
};
