/**
 * Writes samples for the scanners of test/more/scanner-rules.sh.
 *   node --import tsx test/tools/write-scanner-samples.ts DIR
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newToken, toForms, toLookAlikes } from '../cli/scanner-samples.ts';

const [, , root] = process.argv;
if (root === undefined) throw new Error('Pass the folder to write to.');

const samples = {
  forms: toForms(newToken),
  'look-alikes': toLookAlikes(),
  // Lines of this kind need the option that the printed plugin names.
  'assigned-call': { 'client.py': `client = connect('${newToken()}', retries=3)\n` },
};
for (const [folder, files] of Object.entries(samples))
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
