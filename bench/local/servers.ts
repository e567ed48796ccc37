/** The servers that are measured: `npm start` of a checkout, and peers that keep everything in memory. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { freePort } from '../../test/support/free-port.ts';
import { type Child, startChild } from '../child.ts';
import type { Server } from '../scale/client.ts';
import { startScimmy } from '../scimmy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SCIM2_SERVER = 'scim2-server==0.8.3';
const VENV = fileURLToPath(new URL('../node_modules/.scim2-server', import.meta.url));

export type Running = { readonly server: Server; readonly child: Pick<Child, 'stop'> };
export type Run = Running & {
  /** Another directory of the run, which holds nothing. */
  readonly empty: Server;
};

const Ready = z.object({ baseUrl: z.string(), directories: z.array(z.object({ token: z.string() })) });

/** Starts `npm start` of a checkout. @param folder its data folder; undefined keeps nothing */
export const startRollcall = async (checkout: string, folder: string | undefined): Promise<Run> => {
  const data = folder === undefined ? ['--memory'] : ['--data', folder];
  const child = await startChild(
    ['--import', 'tsx', 'bin/dev-server.ts', '--json', '--port', '0', ...data],
    (line) => line.startsWith('{'),
    {},
    { cwd: checkout },
  );
  const { baseUrl, directories } = Ready.parse(JSON.parse(child.ready));
  const [first, second] = directories.map(({ token }) => ({ baseUrl, token }));
  if (first === undefined || second === undefined) throw new Error('the run has fewer than two directories');
  return { child, server: first, empty: second };
};

export const OWN_CHECKOUT = root;

const installScim2Server = () => {
  if (existsSync(`${VENV}/bin/scim2-server`)) return;
  console.error(`Installing ${SCIM2_SERVER} into bench/node_modules/.scim2-server...`);
  execFileSync('python3', ['-m', 'venv', VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(`${VENV}/bin/pip`, ['install', '--quiet', SCIM2_SERVER], { stdio: ['ignore', 2, 2] });
};

/** Starts scim2-server (Python). @throws if it cannot be installed or started */
const startScim2Server = async (): Promise<Running> => {
  installScim2Server();
  const port = await freePort();
  const server = { baseUrl: `http://127.0.0.1:${port}/v2`, token: 'peer' };
  const child = await startChild(
    ['--port', String(port)],
    (line) => line.startsWith('Serving'),
    { PYTHONUNBUFFERED: '1' },
    { command: `${VENV}/bin/scim2-server` },
  );
  return { server, child };
};

export const peers: Readonly<Record<string, () => Promise<Running>>> = {
  'scimmy 1.3.5': startScimmy,
  'scim2-server 0.8.3': startScim2Server,
};
