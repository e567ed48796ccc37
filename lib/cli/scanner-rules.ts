/** Rules with which secret scanners find Rollcall tokens, generated from the pattern of the token format. */
import { createToken, TOKEN_PATTERN } from '../tokens/token-format.ts';

export const scannerFormats = ['gitleaks', 'detect-secrets', 'github'] as const;
export type ScannerFormat = (typeof scannerFormats)[number];

type RulesFile = { readonly format: ScannerFormat; readonly file: string; readonly content: string };

const withoutBoundaries = TOKEN_PATTERN.source.replace(/^\\b|\\b$/g, '');
/**
 * Finds a token, its only group, also after `\n`, `\r` or `\t` in a string of source code: the letter before the token
 * hides the word boundary. The syntax is common to RE2 (gitleaks) and Python's re (detect-secrets).
 */
const pattern = `(?:\\b|\\\\[nrt])(${withoutBoundaries})\\b`;
/** The literal start of every token, by which gitleaks preselects files. */
const prefix = /^\w+_/.exec(withoutBoundaries)?.[0] ?? '';

/** https://github.com/gitleaks/gitleaks#configuration */
export const toGitleaksRules = (): RulesFile => ({
  format: 'gitleaks',
  file: '.gitleaks.toml',
  content: `# Finds Rollcall tokens with gitleaks 8, in addition to its default rules.
# Save it as .gitleaks.toml in the root of the repository, or append the rule to the file that you have.
title = "Rollcall tokens"

[extend]
useDefault = true

[[rules]]
id = "rollcall-token"
description = "Rollcall token, which gives access to the users and groups of a directory over SCIM."
regex = '''${pattern}'''
keywords = ["${prefix}"]
`,
});

/**
 * A plugin, because detect-secrets accepts a custom pattern in no other form.
 * https://github.com/Yelp/detect-secrets/blob/v1.5.0/docs/plugins.md
 */
export const toDetectSecretsPlugin = (): RulesFile => ({
  format: 'detect-secrets',
  file: 'rollcall_tokens.py',
  content: `"""
Finds Rollcall tokens with detect-secrets 1. Save it as rollcall_tokens.py in the root of the repository, then:

    detect-secrets scan -p rollcall_tokens.py > .secrets.baseline

The baseline then has the absolute path of this file. Replace it, because detect-secrets-hook scans nothing and exits
with 0 on a machine without this path:

    "path": "file://rollcall_tokens.py"

detect-secrets skips lines that assign the result of a call, such as client = connect("..."). To scan them too, add:

    --disable-filter detect_secrets.filters.heuristic.is_indirect_reference
"""
import re

from detect_secrets.plugins.base import RegexBasedDetector


class RollcallTokenDetector(RegexBasedDetector):
    """Scans for Rollcall tokens."""

    secret_type = 'Rollcall Token'  # pragma: allowlist secret

    denylist = (
        re.compile(r'${pattern}', re.ASCII),
    )
`,
});

/**
 * The fields of a custom pattern of GitHub secret scanning. The expressions before and after replace the word
 * boundaries.
 * https://docs.github.com/en/code-security/reference/secret-security/custom-patterns
 */
export const toGithubPattern = () => ({
  format: 'github' as const,
  patternName: 'Rollcall token',
  secretFormat: withoutBoundaries,
  beforeSecret: '\\A|[^0-9A-Za-z_]|\\\\[nrt]',
  afterSecret: '\\z|[^0-9A-Za-z_]',
  /** A new token, which no directory accepts. */
  testString: createToken(1, 'exampletoken'),
});
