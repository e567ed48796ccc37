#!/usr/bin/env bash
# Library: scim-patch 0.8.3 (npm)
# Good guess: a PATCH that replaces `USERNAME` or `username` replaces `userName`: attribute names are case insensitive
#   (RFC 7643 section 2.1), and Entra ID and others send names in their own letter case.
# Seen: the resource keeps `userName` with the old value and gets a second attribute beside it; a remove of
#   `NICKNAME` leaves `nickName` in place without an error, while the letter case of `op` is ignored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scim-patch@0.8.3
cat >check.mjs <<'END'
import { scimPatch } from 'scim-patch';

const user = () => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ann', nickName: 'annie', meta: {} });
const patch = (operation) => {
  try {
    const { schemas, meta, ...rest } = scimPatch(user(), [operation]);
    return JSON.stringify(rest);
  } catch (error) {
    return error.constructor.name;
  }
};
const seen = [
  patch({ op: 'Replace', path: 'userName', value: 'bob' }),
  patch({ op: 'replace', path: 'USERNAME', value: 'bob' }),
  patch({ op: 'remove', path: 'NICKNAME' }),
];
console.log(`replace userName: ${seen[0]}`);
console.log(`replace USERNAME: ${seen[1]}`);
console.log(`remove NICKNAME:  ${seen[2]}`);
const before = [
  '{"userName":"bob","nickName":"annie"}',
  '{"userName":"ann","nickName":"annie","USERNAME":"bob"}',
  '{"userName":"ann","nickName":"annie"}',
];
process.exit(seen.every((one, i) => one === before[i]) ? 0 : 1);
END
node check.mjs
