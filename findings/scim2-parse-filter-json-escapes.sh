#!/usr/bin/env bash
# Library: scim2-parse-filter 0.2.10 (npm)
# Good guess: the string of a filter is a JSON string (RFC 7644 section 3.4.2.2, figure 1: compValue "Rules from JSON
#   (RFC 7159)"), so `"caf\u00e9"`, as JSON.stringify of some languages writes it, is the same value as `"café"`.
# Seen: only the escaped quote is read; \u00e9, \/ and \t stay as they are written, and such a filter selects no
#   resource, without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scim2-parse-filter@0.2.10
cat >check.mjs <<'END'
import { filter, parse } from 'scim2-parse-filter';

const rows = [
  ['"a\\"b"', true],
  ['"caf\\u00e9"', false],
  ['"a\\/b"', false],
  ['"a\\tb"', false],
];
let changed = false;
for (const [literal, before] of rows) {
  const displayName = JSON.parse(literal);
  const now = filter(parse(`displayName eq ${literal}`))({ displayName });
  console.log(`displayName eq ${literal} selects the name ${JSON.stringify(displayName)}: ${now}, by the RFC true`);
  changed ||= now !== before;
}
process.exit(changed ? 1 : 0);
END
node check.mjs
