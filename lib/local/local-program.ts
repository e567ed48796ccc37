/**
 * Recognizes requests from programs on this machine. A page in the developer's browser can reach a loopback port too: it
 * sends an Origin or, through a host name of its own that resolves to this machine (DNS rebinding), a foreign Host.
 */
import type { IncomingMessage } from 'node:http';

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

export const isLocalProgram = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers.origin === undefined && LOOPBACK_HOST.test(headers.host ?? '');
