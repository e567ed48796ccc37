/**
 * `write-policies.ts FOLDER`: writes each policy of the stack, with and without its options, into a file of its own, and
 * the list of their actions into actions.txt. For test/more/iam-actions.sh.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { policiesOf } from '../infra/resolved-policies.ts';
import { createStack, OPTIONAL } from '../infra/template.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected the folder to write to');
const actions = new Set<string>();
for (const [variant, props] of Object.entries({ standard: {}, optional: OPTIONAL }))
  for (const { name, kind, document } of policiesOf(Template.fromStack(createStack(props)))) {
    mkdirSync(join(folder, kind), { recursive: true });
    writeFileSync(join(folder, kind, `${variant}-${name}.json`), JSON.stringify(document, null, 2));
    for (const { Action } of document.Statement) for (const action of Action) actions.add(action);
  }
writeFileSync(join(folder, 'actions.txt'), [...actions].sort().join('\n'));
