import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Received, useAdminServer } from '../admin/admin-server.ts';
import { runScim } from './run-scim.ts';

const SECRET = 'wJalrXUtnFEMI';
const environment = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: 'session',
};
const server = useAdminServer();

/** A fake CloudFormation that returns the outputs of a stack. */
const formation: { server?: Server; outputs: Readonly<Record<string, string>>; bodies: string[] } = {
  outputs: {},
  bodies: [],
};
const describeStacks = (outputs: Readonly<Record<string, string>>) => {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>x</StackName><CreationTime>2026-11-21T10:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
};
beforeAll(async () => {
  formation.server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    formation.bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end(describeStacks(formation.outputs));
  });
  await new Promise<void>((resolve) => formation.server?.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  formation.server?.close();
  formation.server?.closeAllConnections();
});
const endpoint = () => {
  const address = formation.server?.address() as AddressInfo;
  return { ...environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${address.port}` };
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature computed without the SDK, as AWS's "Create a signed AWS API request" describes. */
const expectedSignature = ({ method = '', url = '', headers }: IncomingMessage, body: string) => {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const canonical = [
    method,
    encodeURI(url),
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const time = String(headers['x-amz-date']);
  const scope = `${time.slice(0, 8)}/eu-central-1/execute-api/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${SECRET}`);
  return { names, signature: hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex') };
};
const expectSigned = (request: Received | undefined) => {
  if (request === undefined) throw new Error('no request received');
  const { authorization } = request.message.headers;
  const { names, signature } = expectedSignature(request.message, request.body);
  expect(names).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token']));
  expect(authorization).toContain('Credential=AKIDEXAMPLE/');
  expect(authorization).toContain(`Signature=${signature}`);
};

test('--stack finds the deployment by its outputs and signs for execute-api', async () => {
  formation.outputs = { BaseUrl: 'http://127.0.0.1:9/scim/v2', AdminUrl: `${server().url}/admin` };
  const ran = await runScim(['directory', 'create', 'signed', '--no-token', '--stack', 'My-Stack'], {
    environment: endpoint(),
  });
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(formation.bodies.join()).toContain('StackName=My-Stack');
  const [request] = server().requests;
  expect(request?.body).toContain('"id":"signed"');
  expectSigned(request);
});

test('names a stack without the outputs of Rollcall', async () => {
  formation.outputs = { Other: 'x' };
  const ran = await runScim(['directory', 'list', '--stack', 'Other'], { environment: endpoint() });
  expect(ran).toEqual({ code: 1, out: '', err: expect.stringMatching(/^error: Stack Other .*AdminUrl.*\n$/) });
});

test('--url --sign signs; --url alone does not', async () => {
  server().requests.length = 0;
  const url = ['--url', `${server().url}/v2/`];
  expect((await runScim(['directory', 'list', ...url, '--sign'], { environment })).code).toBe(0);
  expect((await runScim(['directory', 'list', ...url], { environment })).code).toBe(0);
  const [signed, plain] = server().requests;
  expectSigned(signed);
  expect(plain?.message.headers.authorization).toBeUndefined();
});

test('names AWS_REGION if no region is configured', async () => {
  const { AWS_REGION: _, ...rest } = environment;
  const alone = { ...rest, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  const ran = await runScim(['directory', 'list', '--url', server().url, '--sign'], { environment: alone });
  expect(ran).toEqual({ code: 1, out: '', err: expect.stringContaining('AWS_REGION') });
});
