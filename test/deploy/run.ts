/**
 * `npm run test:deploy`: deploys the stack to an emulator of AWS and looks at what deployments promise. Exit code 1 if
 * one does not hold. Takes two minutes; needs git, Python 3 and PyPI.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Deployment, type Emulator, startEmulator } from './emulator.ts';

// Keeps the SDK's notice about Node.js versions out of the output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const FIRST_RELEASE = '069a201';
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const user = (userName: string) => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName });

/** Creates a directory with a token and one user. @returns the token */
const fill = async ({ admin, scim }: Deployment, directory: string, userName: string): Promise<string> => {
  await admin.createDirectory({ id: directory });
  const { token } = await admin.createToken(directory, { name: 'default' });
  assert.equal((await scim(token, '/Users', user(userName))).status, 201, `POST of ${userName}`);
  return token;
};

const steps: readonly [title: string, step: (emulator: Emulator, folder: string) => Promise<void>][] = [
  [
    'an update from the first release keeps data, tokens and the URL',
    async (emulator, folder) => {
      const old = join(folder, 'first-release');
      await mkdir(old);
      await run('sh', ['-c', `git archive ${FIRST_RELEASE} | tar -x -C ${old}`], { cwd: root });
      await symlink(join(root, 'node_modules'), join(old, 'node_modules'));
      const before = await emulator.deploy(old);
      const token = await fill(before, 'acme', 'ann');
      const after = await emulator.deploy(root);
      assert.deepEqual(after.outputs, before.outputs);
      assert.match((await after.scim(token, '/Users')).text, /"userName":"ann"/);
      assert.equal((await after.scim(token, '/Users', user('bob'))).status, 201);
      const { tokens } = await after.admin.listTokens('acme');
      assert.deepEqual(
        tokens.map(({ name }) => name),
        ['default'],
      );
    },
  ],
  [
    'after destroy and deploy, an old token opens no new directory of the same id',
    async (emulator) => {
      const before = await emulator.deploy(root);
      const old = await fill(before, 'globex', 'old-person');
      await emulator.destroy(root);
      // AWS keeps the table, and gives the next one another name; the emulator gives it the same one.
      await emulator.deleteTable(before.outputs.TableName ?? '');
      const after = await emulator.deploy(root);
      assert.equal((await after.scim(old, '/Users')).status, 401, 'without a directory');
      const current = await fill(after, 'globex', 'new-person');
      const { status, text } = await after.scim(old, '/Users');
      assert.equal(status, 401, text);
      assert.doesNotMatch((await after.scim(current, '/Users')).text, /old-person/);
      const { tokens } = await after.admin.listTokens('globex');
      const [, id] = current.split('_').slice(1);
      assert.deepEqual(
        tokens.map((token) => token.id),
        [id],
      );
    },
  ],
];

const folder = await mkdtemp(join(tmpdir(), 'rollcall-deploy-'));
const emulator = await startEmulator(folder);
let failed = 0;
try {
  await emulator.bootstrap(root);
  for (const [title, step] of steps) {
    const start = Date.now();
    const failure = await step(emulator, folder).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure !== undefined) {
      failed += 1;
      console.error(failure);
    }
    console.log(`${failure === undefined ? 'ok' : 'FAILED'} ${title} (${Math.round((Date.now() - start) / 1000)} s)`);
  }
} finally {
  await emulator.stop();
}
console.log(`${steps.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
