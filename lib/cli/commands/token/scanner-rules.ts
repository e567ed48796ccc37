import { defineCommand } from '../../command.ts';
import { jsonOption, printResult } from '../../connection.ts';
import {
  type ScannerFormat,
  scannerFormats,
  toDetectSecretsPlugin,
  toGithubPattern,
  toGitleaksRules,
} from '../../scanner-rules.ts';
import { toTextTable } from '../../text-table.ts';

type Printed = { readonly json: object; readonly text: string };

const toGithubTable = ({
  patternName,
  secretFormat,
  beforeSecret,
  afterSecret,
  testString,
}: ReturnType<typeof toGithubPattern>) =>
  toTextTable(
    ['FIELD', 'VALUE'],
    [
      ['Pattern name', patternName],
      ['Secret format', secretFormat],
      ['Before secret', beforeSecret],
      ['After secret', afterSecret],
      ['Test string', testString],
    ],
  );

const printers: Readonly<Record<ScannerFormat, () => Printed>> = {
  gitleaks: () => {
    const rules = toGitleaksRules();
    return { json: rules, text: rules.content };
  },
  'detect-secrets': () => {
    const plugin = toDetectSecretsPlugin();
    return { json: plugin, text: plugin.content };
  },
  github: () => {
    const pattern = toGithubPattern();
    return { json: pattern, text: toGithubTable(pattern) };
  },
};

export const printScannerRules = defineCommand({
  path: ['token', 'scanner-rules'],
  summary: 'print rules for secret scanners',
  description: 'Print rules with which secret scanners find Rollcall tokens. Needs no server.',
  arguments: {},
  options: {
    format: {
      value: 'format',
      description: 'gitleaks: TOML; detect-secrets: plugin; github: fields of a custom pattern',
      choices: scannerFormats,
      default: 'gitleaks',
    },
    ...jsonOption,
  },
  examples: [
    'scim token scanner-rules > .gitleaks.toml',
    'scim token scanner-rules --format detect-secrets > rollcall_tokens.py',
    'scim token scanner-rules --format github',
  ],
  async run({ options, streams }) {
    printResult(options, streams, printers[options.format]());
  },
});
