#!/usr/bin/env bash
# Runs the patterns of docs/patterns.md over recorded events in AWS's event-ruler, and compares the result with the recorded
# one. With --write records it. Needs Java 17 and Maven.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mvn -q -B -f test/more/event-ruler/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
  -DoutputDirectory="$folder/lib"
npx tsx test/tools/check-pattern-results.ts "$folder/patterns.json"
java -cp "$folder/lib/*" test/more/event-ruler/Match.java "$folder/patterns.json" test/fixtures/patterns/events.ndjson \
  > "$folder/results.json"
npx tsx test/tools/check-pattern-results.ts --results "$folder/results.json" "$@"
