#!/usr/bin/env bash
# Library: scimmy 1.3.5 (npm)
# Good guess: the example filter of RFC 7644 section 3.4.2.2, `userType ne "Employee" and not (emails co "example.com" or
#   emails.value co "example.org")`, can be evaluated for a user with e-mail addresses; `emails co` without a
#   sub-attribute compares their `value`.
# Seen: `emails co` ends in a TypeError as soon as a user has an address; users without any are selected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scimmy@1.3.5
cat >check.mjs <<'END'
import SCIMMY from 'scimmy';

const text = 'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")';
const filter = new SCIMMY.Types.Filter(text);
const withAddress = { userType: 'Contractor', emails: [{ type: 'work', value: 'ann@example.net' }] };
const outcome = (user) => {
  try {
    return `${filter.match([user]).length} selected`;
  } catch (error) {
    return error.constructor.name;
  }
};
console.log(text);
const [first, second] = [outcome(withAddress), outcome({ userType: 'Contractor' })];
console.log(`a contractor with an address elsewhere: ${first}, by the RFC 1 selected`);
console.log(`a contractor without an address: ${second}`);
process.exit(first === 'TypeError' && second === '1 selected' ? 0 : 1);
END
node check.mjs
