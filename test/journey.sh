#!/usr/bin/env bash
# The journey of an engineer from the first directory to its restoration, with the commands as typed, against its own
# local run. Prints a line per step; exits with 0 if all of them succeed.
#   test/journey.sh            takes about three minutes; needs only the project's node_modules
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
run_pid=
load_pid=
rounds_pid=
finish() {
  code=$?
  [ -z "$load_pid" ] || kill "$load_pid" 2>/dev/null || true
  [ -z "$rounds_pid" ] || kill "$rounds_pid" 2>/dev/null || true
  if [ -n "$run_pid" ]; then
    kill "$run_pid" 2>/dev/null || true
    wait "$run_pid" 2>/dev/null || true
  fi
  [ "$code" -eq 0 ] || { echo "journey: failed" >&2; tail -n 20 "$work"/*.err >&2 || true; }
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
scim() { node --import tsx bin/scim.ts "$@"; }
# field FILE PATH: prints a value of a file with one line of JSON, for example: field created.json token.id
field() { node -e '
  const [file, path] = process.argv.slice(1);
  const value = path.split(".").reduce((at, name) => at?.[name], JSON.parse(require("fs").readFileSync(file, "utf8")));
  if (value === undefined) { console.error(file + " has no " + path); process.exit(1); }
  console.log(typeof value === "object" ? JSON.stringify(value) : String(value));' "$1" "$2"; }
# status TOKEN: prints the status of a request with the token
status() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$base/Users?count=1"; }

export ROLLCALL_DATA="$work/data"
node --import tsx bin/dev-server.ts --data "$ROLLCALL_DATA" --port 0 --json >"$work/run.json" 2>"$work/run.err" &
run_pid=$!
until [ -s "$work/run.json" ]; do
  kill -0 "$run_pid" 2>/dev/null || fail "the local run did not start"
  sleep 0.2
done
base=$(field "$work/run.json" baseUrl)
say "the local run answers at $base"

scim directory create acme --tenant org_1 --idp entra --default-group Everyone --json >"$work/created.json"
[ "$(field "$work/created.json" directory.tenant)" = org_1 ] || fail "the directory has the wrong tenant"
say "directory acme is created"

scim token create acme --name okta --json >"$work/token.json"
old=$(field "$work/token.json" token)
[ "$(status "$old")" = 200 ] || fail "a new token does not work at once"
say "token okta works at once"

SCIM_TOKEN="$old" scim simulate --idp entra --users 500 --groups 20 --seed 1 --json --url "$base" >"$work/simulated.json"
[ "$(field "$work/simulated.json" failures)" = 0 ] || fail "the simulation had failures"
say "Entra ID synchronized 500 users and 20 groups: $(field "$work/simulated.json" requests) requests, no failures"

# Rotates a token during a minute of 25 requests per second; the client switches to the new one seconds later.
printf '%s' "$old" >"$work/load-token"
node --import tsx test/tools/steady-load.ts --base "$base" --token-file "$work/load-token" --rate 25 --seconds 60 \
  >"$work/load.json" 2>"$work/load.err" &
load_pid=$!
sleep 15
scim token rotate acme okta --json >"$work/rotated.json"
new=$(field "$work/rotated.json" token)
[ "$new" != "$old" ] || fail "the rotated token is the same"
sleep 5
[ "$(status "$old")" = 200 ] || fail "the replaced token does not work during the overlap"
printf '%s' "$new" >"$work/load-token.new"
mv "$work/load-token.new" "$work/load-token"
wait "$load_pid" || fail "requests failed while the token was rotated: $(cat "$work/load.json" "$work/load.err")"
load_pid=
say "rotated under load: $(cat "$work/load.json")"

scim token revoke acme "$(field "$work/token.json" id)" --yes --json >"$work/revoked.json"
revoked_at=$(date +%s)
# Meanwhile, two operators create a token at the same time, fifty times.
scim directory create rounds --no-token --json >/dev/null
for round in $(seq 50); do
  scim token create rounds --name "left-$round" --json >"$work/left.json" & left_pid=$!
  scim token create rounds --name "right-$round" --json >"$work/right.json"
  wait "$left_pid"
done 2>"$work/rounds.err" &
rounds_pid=$!
# Counts until a request is sent, because the response time depends on the machine.
while sent_at=$(date +%s) && [ "$(status "$old")" != 401 ]; do
  [ $((sent_at - revoked_at)) -lt 60 ] || fail "a revoked token still works after 60 seconds"
  sleep 1
done
[ "$(status "$new")" = 200 ] || fail "the other token was revoked too"
say "revoked: 401 after $((sent_at - revoked_at)) seconds"

wait "$rounds_pid" || fail "a token was not created: $(cat "$work/rounds.err")"
rounds_pid=
listed=$(scim token list rounds --json | grep -o '"\(left\|right\)-[0-9]*"' | sort -u | wc -l)
[ "$listed" = 100 ] || fail "$listed of 100 tokens are listed"
say "50 rounds of two concurrent token creations: $listed tokens are listed"

scim export acme --out "$work/before.ndjson" --json >"$work/exported.json"
[ "$(field "$work/exported.json" users)" -ge 400 ] || fail "the export is too small: $(cat "$work/exported.json")"
! grep -q 'scim_[0-9]' "$work/before.ndjson" || fail "the export contains a token"
say "exported: $(cat "$work/exported.json")"

scim directory delete acme --yes --json >"$work/deleted.json"
[ "$(status "$new")" != 200 ] || fail "the token of a deleted directory still works"
if scim export acme >/dev/null 2>"$work/gone.err"; then fail "a deleted directory can be exported"; fi
say "directory acme is deleted"

scim import acme "$work/before.ndjson" --keep-ids --create --json >"$work/imported.json"
[ "$(field "$work/imported.json" refused)" = 0 ] || fail "the import refused lines: $(cat "$work/imported.json")"
scim import acme "$work/before.ndjson" --keep-ids --json >"$work/again.json"
for kind in users groups; do
  [ "$(field "$work/again.json" "$kind.created")$(field "$work/again.json" "$kind.updated")" = 00 ] ||
    fail "the second import wrote changes: $(cat "$work/again.json")"
done
scim export acme --out "$work/after.ndjson" --json >"$work/exported-again.json"
node --import tsx test/tools/compare-exports.ts "$work/before.ndjson" "$work/after.ndjson" >"$work/compared.txt" ||
  fail "the two exports differ: $(cat "$work/compared.txt")"
say "imported with --keep-ids, and exported again without differences: $(cat "$work/compared.txt")"
say "journey: done"
