#!/usr/bin/env bash
# Checks docs/asyncapi.json with the parser of AsyncAPI, which is too large for a dependency.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @asyncapi/parser@3.6.6
node test/more/asyncapi/check.mjs "$folder" docs/asyncapi.json
