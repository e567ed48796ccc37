/** Starts the server to compare with: SCIMMY over HTTP with a store in memory (fixtures/scimmy-server.mjs). */
import { freePort } from '../test/support/free-port.ts';
import { type Child, startChild } from './child.ts';

const token = 'peer-token';

export const startScimmy = async (): Promise<{
  readonly child: Child;
  readonly server: { baseUrl: string; token: string };
}> => {
  const port = await freePort();
  const child = await startChild(['bench/fixtures/scimmy-server.mjs'], (line) => line.includes('http://'), {
    PORT: String(port),
    TOKEN: token,
  });
  return { child, server: { baseUrl: `http://127.0.0.1:${port}/scim/v2`, token } };
};
