/** `scim doctor`: checks whether Okta and Entra ID would accept a SCIM server. */
import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { Audience } from '../doctor/check.ts';
import { chooseChecks } from '../doctor/checks.ts';
import { type Examination, examine } from '../doctor/examination.ts';
import { Unanswered } from '../scim-client/connection.ts';
import { CliError } from './cli-error.ts';
import { printResult, type Streams } from './command-context.ts';
import { countFailures, toDoctorText } from './doctor-report.ts';
import { withInterrupt } from './interrupt.ts';
import { createProgress } from './progress.ts';
import { findEndpoint, withEndpoint } from './scim-endpoint.ts';
import { counted } from './wording.ts';

const Options = z.object({
  idp: z.enum(['okta', 'entra', 'all']),
  failOn: z.enum(['must', 'should']),
  only: z.string().optional(),
});

const audiences: Readonly<Record<z.infer<typeof Options>['idp'], readonly Audience[]>> = {
  okta: ['rfc', 'okta'],
  entra: ['rfc', 'entra'],
  all: ['rfc', 'okta', 'entra'],
};

const passed = (examination: Examination, failOn: 'must' | 'should'): boolean => {
  const { must, should } = countFailures(examination);
  const { interrupted, leftBehind } = examination;
  return must === 0 && (failOn === 'must' || should === 0) && !interrupted && leftBehind.length === 0;
};

const toReason = (examination: Examination): string => {
  if (examination.interrupted) return 'Interrupted.';
  const { must, should } = countFailures(examination);
  const left = examination.leftBehind.length;
  return `Failed checks: ${must} must, ${should} should.${left > 0 ? ` Could not delete ${counted(left, 'resource')}.` : ''}`;
};

const toCliError = (error: unknown, url: string): unknown =>
  error instanceof Unanswered ? new CliError(`Cannot reach ${new URL(url).origin}: ${error.message}.`) : error;

const run = async (command: Command, streams: Streams): Promise<void> => {
  const { idp, failOn, only } = Options.parse(command.opts());
  const chosen = chooseChecks(audiences[idp], only?.split(','));
  if (chosen.length === 0)
    throw new CliError(`No check id starts with ${only}. Run scim doctor without --only to see all ids.`, 2);
  const endpoint = await findEndpoint(command, streams);
  const progressLine = createProgress(streams.terminal ? streams.err : undefined);
  const examination = await withInterrupt((signal) =>
    examine({ ...endpoint, chosen }, { signal, progress: ({ done, all }) => progressLine.show('checks', done, all) }),
  )
    .catch((error: unknown) => Promise.reject(toCliError(error, endpoint.baseUrl)))
    .finally(progressLine.end);
  const text = toDoctorText(examination);
  printResult(command, streams, { json: { ...examination, failed: countFailures(examination) }, text });
  if (!passed(examination, failOn)) throw new CliError(toReason(examination));
};

export function addDoctorCommand(program: Command, streams: Streams): void {
  const command = program
    .command('doctor')
    .summary('check a SCIM server against the RFCs, Okta and Entra ID')
    .description(
      'Check any live SCIM server against RFC 7643 and RFC 7644, and as the connection tests and validators of Okta and Entra ID do. Creates users and groups named doctor-... and deletes them afterwards.',
    )
    .addOption(
      new Option('--idp <name>', 'identity provider to check for, in addition to the RFCs')
        .choices(['okta', 'entra', 'all'])
        .default('all'),
    )
    .addOption(
      new Option('--fail-on <grade>', 'lowest grade of failed check that causes exit code 1')
        .choices(['must', 'should'])
        .default('must'),
    )
    .option('--only <ids>', 'run only checks whose id starts with one of these prefixes, for example create,group.put')
    .action(async (_: unknown, command: Command) => run(command, streams));
  withEndpoint(command).addHelpText(
    'after',
    '\nExamples:\n  $ scim doctor\n  $ scim doctor --url https://host/scim/v2 --idp entra --json\n',
  );
}
