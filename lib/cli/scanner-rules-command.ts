/** `scim token scanner-rules`: prints rules for secret scanners. */
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { printResult, type Streams, withExamples } from './command-context.ts';
import {
  type ScannerFormat,
  scannerFormats,
  toDetectSecretsPlugin,
  toGithubPattern,
  toGitleaksRules,
} from './scanner-rules.ts';
import { toTextTable } from './text-table.ts';

const Options = z.object({ format: z.enum(scannerFormats) });

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

export const addScannerRules = (parent: Command, streams: Streams): Command =>
  withExamples(
    parent
      .command('scanner-rules')
      .summary('print rules for secret scanners')
      .description('Print rules with which secret scanners find Rollcall tokens. Needs no server.')
      .addOption(
        new Option('--format <format>', 'gitleaks: TOML; detect-secrets: plugin; github: fields of a custom pattern')
          .choices(scannerFormats)
          .default('gitleaks'),
      )
      .option('--json', 'print JSON'),
    [
      'scim token scanner-rules > .gitleaks.toml',
      'scim token scanner-rules --format detect-secrets > rollcall_tokens.py',
      'scim token scanner-rules --format github',
    ],
  ).action((_: unknown, command: Command) => {
    const { format } = Options.parse(command.opts());
    printResult(command, streams, printers[format]());
  });
