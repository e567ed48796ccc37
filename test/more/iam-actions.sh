#!/usr/bin/env bash
# Compares test/fixtures/iam-actions.json with the action tables of policy_sentry, which come from AWS's service
# authorization reference, and runs parliament over the stack's identity policies. Exits with 1 for a difference, an
# action that the tables do not know, or a finding.
#   test/more/iam-actions.sh           takes about a minute; needs Python 3 with venv, and PyPI
#   test/more/iam-actions.sh --write   writes the fixture instead, after the stack's policies have changed
set -euo pipefail
cd "$(dirname "$0")/../.."

POLICY_SENTRY=0.15.2
PARLIAMENT=1.6.4
FIXTURE=test/fixtures/iam-actions.json

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node --import tsx test/tools/write-policies.ts "$work/policies"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "policy_sentry==$POLICY_SENTRY" "parliament==$PARLIAMENT"

"$work/venv/bin/python" - "$work/policies/actions.txt" "policy_sentry $POLICY_SENTRY" >"$work/facts.json" <<'PYTHON'
import json, pathlib, re, sys, policy_sentry

actions, package = sys.argv[1:]
data = pathlib.Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json"
services = json.loads(data.read_text())

def facts(action):
    service, name = action.split(":")
    types = services[service]["privileges"][name]["resource_types"].values()
    arns = services[service]["resources"]
    return [
        {"arn": re.sub(r"\$\{\w+\}", "*", arns[one["resource_type"]]["arn"]), "required": one["required"]}
        for one in types
        if one["resource_type"] != ""
    ]

# A pattern such as s3:* stands for no action of its own.
names = [one for one in pathlib.Path(actions).read_text().split() if "*" not in one]
print(json.dumps({"package": package, "actions": {name: facts(name) for name in names}}, indent=2))
PYTHON
echo "actions: $(grep -c '": \[' "$work/facts.json")"

failed=0
if [ "${1:-}" = --write ]; then
  cp "$work/facts.json" "$FIXTURE"
elif ! diff -u "$FIXTURE" "$work/facts.json"; then
  echo "$FIXTURE is out of date: run test/more/iam-actions.sh --write"
  failed=1
fi

"$work/venv/bin/python" - "$work/policies/identity" <<'PYTHON' || failed=1
import pathlib, sys
from parliament import analyze_policy_string

# The CDK grants ListStreams with the other actions of the stream. Lambda reads the stream by its ARN and lists none.
ACCEPTED = {"dynamodb:ListStreams"}

def faults(finding):
    rows = finding.detail if isinstance(finding.detail, list) else [{"action": finding.detail}]
    return [row for row in rows if row.get("action") not in ACCEPTED]

files = sorted(pathlib.Path(sys.argv[1]).glob("*.json"))
found = [
    f"{file.stem}: {finding.issue} {faults(finding)}"
    for file in files
    for finding in analyze_policy_string(file.read_text(), ignore_private_auditors=True).findings
    if faults(finding)
]
print("\n".join([*found, f"parliament: {len(files)} policies, {len(found)} findings"]))
sys.exit(1 if found else 0)
PYTHON
exit "$failed"
