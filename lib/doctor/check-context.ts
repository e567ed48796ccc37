/** The context of a check: requests, and users and groups that are deleted at the end of the run. */
import { randomBytes } from 'node:crypto';
import { type Answer, type Connection, type Request, Unanswered } from '../scim-client/connection.ts';
import { at } from '../scim-client/json-value.ts';
import { detailOf, GROUP, PATCH_OP, Resource, USER } from '../scim-client/scim-messages.ts';
import { CheckFailed, CheckSkipped } from './check-outcome.ts';

/** A response with the method and target of its request, for messages. */
export type CheckResponse = Answer & { readonly requestLine: string };
type CheckRequest = Pick<Request, 'body' | 'headers' | 'authorization'>;

export type CheckContext = {
  /** @throws CheckFailed if there is no response */
  ask(method: Request['method'], target: string, request?: CheckRequest): Promise<CheckResponse>;
  /** @returns an unused name that begins with this run's prefix */
  name(): string;
  /**
   * @param more attributes beside the required ones
   * @throws CheckSkipped if a minimal user is refused, CheckFailed if one with more attributes is
   */
  createUser(more?: object): Promise<Resource>;
  /**
   * @param more attributes beside the required ones
   * @throws CheckSkipped if a minimal group is refused, CheckFailed if one with more attributes is
   */
  createGroup(more?: object): Promise<Resource>;
  /** PATCHes a user or group created by this run. */
  patch(resource: Resource, ...operations: readonly object[]): Promise<CheckResponse>;
  /** GETs a user or group created by this run. */
  read(resource: Resource): Promise<CheckResponse>;
};
export type DoctorContext = CheckContext & {
  /** Begins every userName and displayName that this run creates. */
  readonly prefix: string;
  /** Milliseconds of each request. */
  readonly times: readonly number[];
  /** Targets of the created resources, groups first. */
  readonly created: () => readonly string[];
};

const HEADERS = { Accept: 'application/scim+json' };
const WITH_BODY = { ...HEADERS, 'Content-Type': 'application/scim+json; charset=utf-8' };

export const targetOf = (endpoint: string, id: string): string => `${endpoint}/${encodeURIComponent(id)}`;

/** Attributes beyond the required ones are what the check is about; another check covers minimal resources. */
const toRefusal = (saw: string, more: object): Error =>
  Object.keys(more).length > 0 ? new CheckFailed(saw) : new CheckSkipped(saw);

/** @param signal no further request is sent after it is aborted */
export function createDoctorContext(connection: Connection, signal: AbortSignal): DoctorContext {
  const prefix = `doctor-${randomBytes(5).toString('hex')}`;
  const times: number[] = [];
  const created = { '/Groups': new Set<string>(), '/Users': new Set<string>() };
  const endpoints = new Map<string, '/Users' | '/Groups'>();
  let names = 0;

  /** Registers every resource that any request creates. */
  const register = (endpoint: '/Users' | '/Groups', answer: Answer): void => {
    const id = at(answer.json, 'id');
    if (answer.status >= 300 || typeof id !== 'string') return;
    created[endpoint].add(id);
    endpoints.set(id, endpoint);
  };

  const ask: CheckContext['ask'] = async (method, target, request = {}) => {
    signal.throwIfAborted();
    const headers = request.headers ?? (request.body === undefined ? HEADERS : WITH_BODY);
    const requestLine = `${method} ${target.length > 100 ? `${target.slice(0, 100)}...` : target}`;
    const answer = await connection.send({ ...request, method, target, headers }).catch((error: unknown) => {
      throw error instanceof Unanswered ? new CheckFailed(`${requestLine}: ${error.message}`) : error;
    });
    times.push(answer.milliseconds);
    if (method === 'POST' && (target === '/Users' || target === '/Groups')) register(target, answer);
    return { ...answer, requestLine };
  };

  const create = async (endpoint: '/Users' | '/Groups', basic: object, more: object): Promise<Resource> => {
    const answer = await ask('POST', endpoint, { body: { ...basic, ...more } });
    const resource = Resource.safeParse(answer.json);
    if (answer.status !== 201 || !resource.success)
      throw toRefusal(`POST ${endpoint} returned ${answer.status} ${detailOf(answer)}, expected 201`, more);
    return resource.data;
  };

  const name = () => `${prefix}-${++names}`;
  const toTarget = ({ id }: Resource) => targetOf(endpoints.get(id) ?? '/Users', id);
  return {
    ask,
    name,
    createUser: (more = {}) => create('/Users', { schemas: [USER], userName: `${name()}@example.com` }, more),
    createGroup: (more = {}) => create('/Groups', { schemas: [GROUP], displayName: name() }, more),
    patch: (resource, ...operations) =>
      ask('PATCH', toTarget(resource), { body: { schemas: [PATCH_OP], Operations: operations } }),
    read: (resource) => ask('GET', toTarget(resource)),
    prefix,
    times,
    created: () =>
      (['/Groups', '/Users'] as const).flatMap((endpoint) =>
        [...created[endpoint]].map((id) => targetOf(endpoint, id)),
      ),
  };
}
