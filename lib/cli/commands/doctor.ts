import { chooseChecks } from '../../doctor/checks.ts';
import { type Examination, examine } from '../../doctor/examination.ts';
import { type Endpoint, openConnection, Unanswered } from '../../scim-client/connection.ts';
import { CliError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { printResult } from '../connection.ts';
import { countFailures, toDoctorText } from '../doctor-report.ts';
import { withInterrupt } from '../interrupt.ts';
import { createProgress } from '../progress.ts';
import { endpointOptions, findEndpoint } from '../scim-endpoint.ts';
import { counted } from '../wording.ts';

const audiences = {
  okta: ['rfc', 'okta'],
  entra: ['rfc', 'entra'],
  all: ['rfc', 'okta', 'entra'],
} as const;

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

/** With a token that is refused every check would fail, for one reason. @throws CliError, Unanswered */
const checkToken = async (endpoint: Endpoint): Promise<void> => {
  const connection = openConnection(endpoint, 1);
  try {
    const { status } = await connection.send({ method: 'GET', target: '/Users?startIndex=1&count=1' });
    if (status === 401)
      throw new CliError(
        `${new URL(endpoint.baseUrl).origin} refuses the token with status 401. Check that it was copied whole, is not revoked and has not expired.`,
      );
  } finally {
    connection.close();
  }
};

export const doctor = defineCommand({
  path: ['doctor'],
  summary: 'check a SCIM server against the RFCs, Okta and Entra ID',
  description:
    'Check any live SCIM server against RFC 7643 and RFC 7644, and as the connection tests and validators of Okta and Entra ID do. Creates users and groups named doctor-... and deletes them afterwards.',
  arguments: {},
  options: {
    idp: {
      value: 'name',
      description: 'identity provider to check for, in addition to the RFCs',
      choices: ['okta', 'entra', 'all'],
      default: 'all',
    },
    failOn: {
      value: 'grade',
      description: 'lowest grade of failed check that causes exit code 1',
      choices: ['must', 'should'],
      default: 'must',
    },
    only: {
      value: 'ids',
      description: 'run only checks whose id starts with one of these prefixes, for example create,group.put',
    },
    ...endpointOptions,
  },
  examples: ['scim doctor', 'scim doctor --url https://host/scim/v2 --idp entra --json'],
  async run({ options, streams }) {
    const { idp, failOn, only } = options;
    const chosen = chooseChecks(audiences[idp], only?.split(','));
    if (chosen.length === 0)
      throw new CliError(`No check id starts with ${only}. Run scim doctor without --only to see all ids.`, 2);
    const endpoint = await findEndpoint(options, streams);
    const progressLine = createProgress(streams.terminal ? streams.err : undefined);
    const examination = await checkToken(endpoint)
      .then(() =>
        withInterrupt((signal) =>
          examine(
            { ...endpoint, chosen },
            { signal, progress: ({ done, all }) => progressLine.show('checks', done, all) },
          ),
        ),
      )
      .catch((error: unknown) => Promise.reject(toCliError(error, endpoint.baseUrl)))
      .finally(progressLine.end);
    const text = toDoctorText(examination);
    printResult(options, streams, { json: { ...examination, failed: countFailures(examination) }, text });
    if (!passed(examination, failOn)) throw new CliError(toReason(examination));
  },
});
