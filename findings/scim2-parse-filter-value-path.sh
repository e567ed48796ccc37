#!/usr/bin/env bash
# Library: scim2-parse-filter 0.2.10 (npm)
# Good guess: `emails[type eq "work" and value eq "h@example.com"]` selects a user only if one e-mail address has both:
#   RFC 7644 section 3.4.2.2 applies the filter in brackets to each value of the attribute.
# Seen: a user whose work address and home address are different is selected too; each condition is looked for among all
#   values. Two addresses, one condition each, are enough.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scim2-parse-filter@0.2.10
cat >check.mjs <<'END'
import { filter, parse } from 'scim2-parse-filter';

const user = {
  userName: 'ann',
  emails: [
    { type: 'work', value: 'w@example.com' },
    { type: 'home', value: 'h@example.com' },
  ],
};
const seen = (text) => filter(parse(text))(user);
const rows = [
  ['emails[type eq "work" and value eq "w@example.com"]', true, true],
  ['emails[type eq "other" and value eq "w@example.com"]', false, false],
  ['emails[type eq "work" and value eq "h@example.com"]', false, true],
];
let changed = false;
for (const [text, expected, before] of rows) {
  const now = seen(text);
  console.log(`${text}: ${now}, by the RFC ${expected}`);
  changed ||= now !== before;
}
process.exit(changed ? 1 : 0);
END
node check.mjs
