/** What a check works with: requests, and users and groups of its own that are removed at the end. */
import { randomBytes } from 'node:crypto';
import { type Answer, type Connection, type Request, Unanswered } from '../scim-client/connection.ts';
import { at } from '../scim-client/json-value.ts';
import { detailOf, GROUP, PATCH_OP, Resource, USER } from '../scim-client/scim-messages.ts';
import { CheckFailed, CheckSkipped } from './check-outcome.ts';

/** An answer, and the request that it is to, in words. */
export type CheckResponse = Answer & { readonly asked: string };
type CheckRequest = Pick<Request, 'body' | 'headers' | 'authorization'>;

export type CheckContext = {
  /** @throws Fault when no answer comes */
  ask(method: Request['method'], target: string, asked?: CheckRequest): Promise<CheckResponse>;
  /** A name that nobody has, beginning with this run's prefix. */
  name(): string;
  /** @throws Unable, or Fault when there is more */
  makeUser(more?: object): Promise<Resource>;
  /** @throws Unable, or Fault when there is more */
  makeGroup(more?: object): Promise<Resource>;
  /** PATCH of a user or group that was made here. */
  patch(resource: Resource, ...operations: readonly object[]): Promise<CheckResponse>;
  /** GET of a user or group that was made here. */
  read(resource: Resource): Promise<CheckResponse>;
};
export type DoctorContext = CheckContext & {
  /** Begins every userName and displayName that the doctor makes. */
  readonly prefix: string;
  /** Milliseconds of each answer. */
  readonly times: readonly number[];
  /** Targets of what was made, groups first. */
  readonly made: () => readonly string[];
};

const HEADERS = { Accept: 'application/scim+json' };
const WITH_BODY = { ...HEADERS, 'Content-Type': 'application/scim+json; charset=utf-8' };

export const targetOf = (endpoint: string, id: string): string => `${endpoint}/${encodeURIComponent(id)}`;

/** What a check makes beyond the least is what it is about; that the least is refused, another check says. */
const toRefusal = (saw: string, more: object): Error =>
  Object.keys(more).length > 0 ? new CheckFailed(saw) : new CheckSkipped(saw);

/** @param signal once aborted, no further request is sent */
export function createDoctorContext(connection: Connection, signal: AbortSignal): DoctorContext {
  const prefix = `doctor-${randomBytes(5).toString('hex')}`;
  const times: number[] = [];
  const made = { '/Groups': new Set<string>(), '/Users': new Set<string>() };
  const endpoints = new Map<string, '/Users' | '/Groups'>();
  let names = 0;

  /** Whatever was made by whichever request. */
  const keep = (endpoint: '/Users' | '/Groups', answer: Answer): void => {
    const id = at(answer.json, 'id');
    if (answer.status >= 300 || typeof id !== 'string') return;
    made[endpoint].add(id);
    endpoints.set(id, endpoint);
  };

  const ask: CheckContext['ask'] = async (method, target, asked = {}) => {
    signal.throwIfAborted();
    const headers = asked.headers ?? (asked.body === undefined ? HEADERS : WITH_BODY);
    const said = `${method} ${target.length > 100 ? `${target.slice(0, 100)}...` : target}`;
    const answer = await connection.send({ ...asked, method, target, headers }).catch((error: unknown) => {
      throw error instanceof Unanswered ? new CheckFailed(`${said}: ${error.message}`) : error;
    });
    times.push(answer.milliseconds);
    if (method === 'POST' && (target === '/Users' || target === '/Groups')) keep(target, answer);
    return { ...answer, asked: said };
  };

  const make = async (endpoint: '/Users' | '/Groups', basic: object, more: object): Promise<Resource> => {
    const answer = await ask('POST', endpoint, { body: { ...basic, ...more } });
    const resource = Resource.safeParse(answer.json);
    if (answer.status !== 201 || !resource.success)
      throw toRefusal(`POST ${endpoint} answered ${answer.status} ${detailOf(answer)}, in place of 201`, more);
    return resource.data;
  };

  const name = () => `${prefix}-${++names}`;
  const where = ({ id }: Resource) => targetOf(endpoints.get(id) ?? '/Users', id);
  return {
    ask,
    name,
    makeUser: (more = {}) => make('/Users', { schemas: [USER], userName: `${name()}@example.com` }, more),
    makeGroup: (more = {}) => make('/Groups', { schemas: [GROUP], displayName: name() }, more),
    patch: (resource, ...operations) =>
      ask('PATCH', where(resource), { body: { schemas: [PATCH_OP], Operations: operations } }),
    read: (resource) => ask('GET', where(resource)),
    prefix,
    times,
    made: () =>
      (['/Groups', '/Users'] as const).flatMap((endpoint) => [...made[endpoint]].map((id) => targetOf(endpoint, id))),
  };
}
