/** The operator's command line: `npm run -s scim -- --help`, or bin/scim.mjs once installed. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { runScim } from '../lib/cli/program.ts';

// Suppress the SDK's Node.js version warning: the CLI prints errors as one line.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// A reader such as `head` may close the pipe early; any other error, such as a full disk, is a failure.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(`error: Cannot write to standard output: ${message}\n`);
  process.exit(1);
});
const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;

const ask = async (question: string): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
};

process.exitCode = await runScim(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  environment: process.env,
  terminal: process.stderr.isTTY === true,
  drained: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  },
  ask: isTerminal ? ask : undefined,
});
