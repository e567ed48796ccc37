#!/usr/bin/env -S node --import tsx
/** The operator's command line: `npx scim --help`. */
import { runScim } from '../lib/cli/program.ts';

// A notice of the SDK for its own developers, in place of our one line.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

process.exitCode = await runScim(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  environment: process.env,
});
