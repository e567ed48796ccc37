#!/usr/bin/env bash
# Runs gitleaks and detect-secrets with the rules that `scim token scanner-rules` prints over seven forms in which a token
# leaks, and over texts that look alike. Prints how many forms each scanner finds; exits with 1 if one is missed, or if a
# rule matches a look-alike.
#   test/more/scanner-rules.sh   takes about two minutes; needs Go 1.24, Python 3 and their package registries
set -euo pipefail
cd "$(dirname "$0")/../.."

GITLEAKS=v8.30.1
DETECT_SECRETS=1.5.0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
samples=$work/samples
scim() { node --import tsx bin/scim.ts "$@"; }

node --import tsx test/tools/write-scanner-samples.ts "$samples"
scim token scanner-rules >"$work/gitleaks.toml"
scim token scanner-rules --format detect-secrets >"$work/rollcall_tokens.py"
# The plugin lies in the repository of its user, where it must not be a finding.
cp "$work/rollcall_tokens.py" "$samples/look-alikes/"

GOBIN="$work/bin" GOPATH="$work/go" GOFLAGS=-modcacherw \
  go install "github.com/zricethezav/gitleaks/v8@$GITLEAKS" 2>"$work/go.log" || { cat "$work/go.log" >&2; exit 1; }
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "detect-secrets==$DETECT_SECRETS"

# Each prints the files of a folder in which the rule for Rollcall tokens found exactly one token, one per line. Reports
# hold tokens, so they stay in the temporary folder.
run_gitleaks() {
  (cd "$samples/$1" && "$work/bin/gitleaks" dir . --config "$work/gitleaks.toml" --no-banner --log-level error \
    --exit-code 0 --report-format json --report-path "$work/report.json")
  node -e '
    const found = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const files = found.filter(({ RuleID }) => RuleID === "rollcall-token").map(({ File }) => File);
    for (const file of files.filter((one, i) => files.indexOf(one) === i && files.lastIndexOf(one) === i))
      console.log(file);' "$work/report.json"
}
run_detect_secrets() {
  (cd "$samples/$1" && "$work/venv/bin/detect-secrets" scan --all-files -p "$work/rollcall_tokens.py" "${@:2}" . \
    >"$work/report.json")
  node -e '
    const { results } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    for (const [file, secrets] of Object.entries(results))
      if (secrets.filter(({ type }) => type === "Rollcall Token").length === 1) console.log(file);' "$work/report.json"
}

(cd "$samples/forms" && find . -type f) | sed 's|^\./||' | sort >"$work/forms.txt"
all=$(wc -l <"$work/forms.txt")
failed=0
check() { # NAME COMMAND: runs a scanner over the forms and the look-alikes
  "$2" forms | sort >"$work/found.txt"
  "$2" look-alikes >"$work/wrong.txt"
  echo "$1: $(wc -l <"$work/found.txt") of $all"
  comm -23 "$work/forms.txt" "$work/found.txt" | sed "s|^|$1 missed |" | tee "$work/missed.txt"
  sed "s|^|$1 matched the look-alike |" "$work/wrong.txt"
  [ ! -s "$work/missed.txt" ] && [ ! -s "$work/wrong.txt" ] || failed=1
}
check gitleaks run_gitleaks
check detect-secrets run_detect_secrets

# The option that the plugin names for lines which assign the result of a call.
filter=$(grep -o 'detect_secrets\.filters\.[a-z_.]*' "$work/rollcall_tokens.py")
if [ -z "$(run_detect_secrets assigned-call --disable-filter "$filter")" ]; then
  echo "detect-secrets missed an assigned call despite --disable-filter"
  failed=1
fi
exit "$failed"
