/** A proxy between a client and the local run that records what the client sends and which dialects it needs. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

type Recording = { requests: number; readonly dialects: Set<string>; readonly lines: string[] };
export type RecordingProxy = {
  readonly origin: string;
  /** Starts a new recording. @returns the recording, which grows with each request */
  readonly record: () => Recording;
  readonly stop: () => void;
};

/** Starts the proxy. Requests keep their `Host`, so that the server's URLs refer to the proxy. */
export const startRecordingProxy = async (target: string): Promise<RecordingProxy> => {
  const start = (): Recording => ({ requests: 0, dialects: new Set(), lines: [] });
  const held = { recording: start() };
  const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
    const { recording } = held;
    const { method = 'GET', url = '/', headers } = incoming;
    const chunks: Buffer[] = [];
    const forwarded = request(`${target}${url}`, { method, headers }, (answer) => {
      recording.requests += 1;
      const bent = answer.headers['x-rollcall-dialects'];
      const names = (Array.isArray(bent) ? bent.join(',') : (bent ?? '')).split(',').map((name) => name.trim());
      for (const name of names) if (name !== '') recording.dialects.add(name);
      const refusal: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => refusal.length < 1 && refusal.push(chunk));
      answer.on('end', () => {
        const status = answer.statusCode ?? 0;
        const why = status < 400 ? '' : ` ${Buffer.concat(refusal).toString()}`;
        recording.lines.push(`${method} ${url} ${Buffer.concat(chunks).toString().slice(0, 500)} -> ${status}${why}`);
      });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    record: () => {
      held.recording = start();
      return held.recording;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
