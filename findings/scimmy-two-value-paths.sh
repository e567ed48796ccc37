#!/usr/bin/env bash
# Library: scimmy 1.3.5 (npm)
# Good guess: `emails[type eq "work"] and emails[type eq "home"]` selects a user who has both addresses, and
#   `not (emails[type eq "work"])` a user who has no work address: in RFC 7644 section 3.4.2.2 a value path is an
#   expression of its own, which `and` and `not` combine.
# Seen: both conditions are merged into one that a single value has to meet, so nothing is selected; `not`
#   before a value path is dropped, so the filter selects exactly the users that it should leave out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scimmy@1.3.5
cat >check.mjs <<'END'
import SCIMMY from 'scimmy';

const user = {
  userName: 'ann',
  emails: [
    { type: 'work', value: 'w@example.com' },
    { type: 'home', value: 'h@example.com' },
  ],
};
const rows = [
  ['emails[type eq "work"]', true, true],
  ['emails[type eq "work"] and emails[type eq "home"]', true, false],
  ['emails[type eq "work"] and emails[value eq "h@example.com"]', true, false],
  ['not (emails[type eq "work"])', false, true],
];
let changed = false;
for (const [text, expected, before] of rows) {
  const filter = new SCIMMY.Types.Filter(text);
  const now = filter.match([user]).length === 1;
  console.log(`${text}: ${now}, by the RFC ${expected}; read as ${JSON.stringify(filter)}`);
  changed ||= now !== before;
}
process.exit(changed ? 1 : 0);
END
node check.mjs
