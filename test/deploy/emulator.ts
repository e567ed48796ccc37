/**
 * AWS on this machine for a real `cdk deploy`: MiniStack, a package of PyPI. It checks no permissions, keeps no quotas and
 * knows neither archives nor schema registries, which are left out of the template.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DeleteTableCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type AdminClient, createAdminClient } from '../../lib/admin-client/admin-client.ts';
import { createSigner } from '../../lib/admin-client/signature.ts';

const MINISTACK = '1.5.33';
const REGION = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const STARTED_WITHIN_MS = 60_000;
const run = promisify(execFile);

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const Template = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), DependsOn: z.unknown().optional() })),
});
const LEFT_OUT = /^AWS::(Events::Archive|EventSchemas::)/;
const NO_ARCHIVE = `arn:aws:events:${REGION}:000000000000:archive/none`;

/** @returns the value with references to the resources replaced by text */
const withoutReferences = (value: unknown, gone: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) return value.map((one) => withoutReferences(one, gone));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, target] = []] = entries;
  const names = Array.isArray(target) ? target[0] : target;
  if ((name === 'Fn::GetAtt' || name === 'Ref') && gone.has(String(names))) return NO_ARCHIVE;
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutReferences(one, gone)]));
};

const leaveOut = async (file: string): Promise<void> => {
  const template = Template.parse(JSON.parse(await readFile(file, 'utf8')));
  const entries = Object.entries(template.Resources);
  const gone = new Set(entries.flatMap(([id, { Type }]) => (LEFT_OUT.test(Type) ? [id] : [])));
  template.Resources = Object.fromEntries(entries.filter(([id]) => !gone.has(id)));
  for (const resource of Object.values(template.Resources))
    if (resource.DependsOn !== undefined)
      resource.DependsOn = [resource.DependsOn].flat().filter((id) => !gone.has(String(id)));
  await writeFile(file, JSON.stringify(withoutReferences(template, gone)));
};

/** A deployed stack. */
export type Deployment = {
  /** `https://` and the host that AWS would give it, without a stage. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly admin: AdminClient;
  /** Calls the SCIM API. @param path after the base URL, for example `/Users` */
  scim(token: string, path: string, body?: object): Promise<{ readonly status: number; readonly text: string }>;
};

/** @param folder where the packages and the templates go */
export const startEmulator = async (folder: string) => {
  const python = join(folder, 'venv', 'bin', 'python');
  await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ministack==${MINISTACK}`]);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const settings = {
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    IOT_MTLS_ENABLED: '0',
    LAMBDA_EXECUTOR: 'local',
  };
  const server = spawn(python, ['-m', 'ministack'], {
    cwd: folder,
    env: { ...environment, ...settings },
    stdio: 'ignore',
  });
  const until = Date.now() + STARTED_WITHIN_MS;
  const answers = () => fetch(url).then(Boolean, () => false);
  while (!(await answers())) {
    if (Date.now() > until || server.exitCode !== null) throw new Error(`MiniStack did not start within a minute`);
    await sleep(200);
  }

  const dynamodb = new DynamoDBClient({ endpoint: url, region: REGION, credentials });
  const cdk = (root: string, ...options: readonly string[]) =>
    run('npx', ['cdk', ...options], { cwd: root, env: environment, maxBuffer: 64 * 1024 * 1024 });

  const toDeployment = (outputs: Readonly<Record<string, string>>): Deployment => {
    const [, api = ''] = /^https:\/\/([^.]+)\./.exec(outputs.BaseUrl ?? '') ?? [];
    const stage = `${url}/restapis/${api}/scim/_user_request_`;
    const admin = createAdminClient({
      adminUrl: `${stage}/admin`,
      sign: createSigner({ credentials, region: REGION }),
    });
    return {
      outputs,
      admin,
      scim: async (token, path, body) => {
        const response = await fetch(`${stage}/v2${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: response.status, text: await response.text() };
      },
    };
  };

  return {
    bootstrap: (root: string) => cdk(root, 'bootstrap', `aws://000000000000/${REGION}`),
    /** @param root a checkout with its packages installed */
    deploy: async (root: string): Promise<Deployment> => {
      const app = await mkdtemp(join(folder, 'app-'));
      await cdk(root, 'synth', '--quiet', '--output', app);
      await leaveOut(join(app, 'Rollcall.template.json'));
      const results = join(app, 'outputs.json');
      await cdk(root, 'deploy', '--app', app, '--require-approval', 'never', '--outputs-file', results);
      const { Rollcall } = z
        .object({ Rollcall: z.record(z.string(), z.string()) })
        .parse(JSON.parse(await readFile(results, 'utf8')));
      return toDeployment(Rollcall);
    },
    deleteTable: async (TableName: string) => {
      await dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
      await dynamodb.send(new DeleteTableCommand({ TableName }));
    },
    destroy: (root: string) => cdk(root, 'destroy', '--force', 'Rollcall'),
    stop: async () => {
      server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
export type Emulator = Awaited<ReturnType<typeof startEmulator>>;
