/** Write requests, recorded in the history before they are sent and after their response. */
import type { JsonObject } from '../../lib/scim/index.ts';
import { observeResource, toDisplayed, toValues, toVersionNumber } from './answers.ts';
import type { Effect, Refused, TypeName } from './history.ts';
import { nameOf } from './lives.ts';
import { type Answer, type ModelClient, outcomeOf, type Request } from './model-client.ts';
import { type Directory, type KnownResource, markDeleted } from './world.ts';

const ENDPOINTS: Readonly<Record<TypeName, string>> = { User: 'Users', Group: 'Groups' };
export const endpointOf = (type: TypeName) => ENDPOINTS[type];

/** Member changes that certainly fit in one transaction; a larger request may be refused after some took effect. */
const CERTAINLY_TOGETHER = 40;

/** A member in a request body. */
export type MemberValue = { readonly value: string; readonly display?: string };
export type MembersChange = {
  readonly replace: boolean;
  readonly add: readonly MemberValue[];
  readonly remove: readonly string[];
};

const end = (effect: Effect, answer: Answer, refusal: 'refused' | 'maybe' = 'refused') => {
  effect.end = answer.end;
  const outcome = outcomeOf(answer);
  effect.outcome = outcome === 'refused' ? refusal : outcome;
};

const versionOf = ({ headers }: Answer): number => toVersionNumber(headers.ETag);
const detailOf = ({ body }: Answer): string => (typeof body?.detail === 'string' ? body.detail : '');

const recordRefusal = (
  client: ModelClient,
  answer: Answer,
  refused: Pick<Refused, 'what' | 'directory' | 'type' | 'id' | 'name' | 'effects' | 'ifMatch'>,
) => {
  if (typeof answer.status !== 'number' || outcomeOf(answer) !== 'refused') return;
  const { start, end, status } = answer;
  client.history.observations.refused.push({ start, end, status, detail: detailOf(answer), ...refused });
  if (status === 404 && refused.id !== undefined)
    client.history.observations.missing.push({ start, end, id: refused.id });
};

/** Mostly retries a request without a definite response, at most twice. */
const withRetries = async (client: ModelClient, send: () => Promise<Answer>): Promise<Answer> => {
  let answer = await send();
  for (let more = 2; more > 0 && outcomeOf(answer) === 'maybe' && client.random.below(10) < 6; more--)
    answer = await send();
  return answer;
};

export type CreateRequest = {
  readonly type: TypeName;
  /** @param mark identifies the resource permanently; new for every attempt */
  readonly body: (mark: string) => JsonObject;
  readonly members?: readonly MemberValue[];
  /** Time limit of the first attempt, in milliseconds. */
  readonly time?: number | undefined;
};

const createOnce = async (
  client: ModelClient,
  directory: Directory,
  { mark, resource, type, members, time }: Omit<CreateRequest, 'body'> & { mark: string; resource: JsonObject },
): Promise<Answer> => {
  const { history } = client;
  const effect = history.begin(`POST ${endpointOf(type)} (${mark})`, history.tick());
  const values = toValues(type, type === 'User' ? { active: true, ...resource } : resource);
  history.creations.set(mark, {
    mark,
    directory: directory.settings.id,
    type,
    attributes: { effect, values, mark },
    members: members && { effect, replace: true, add: toDisplayed(members), remove: new Set() },
    joins: type === 'User' ? directory.everyone : undefined,
    id: undefined,
  });
  const answer = await client.ask(directory, { method: 'POST', path: [endpointOf(type)], body: resource, time });
  end(effect, answer);
  if (answer.status === 201) {
    if (type === 'User') effect.version = 1;
    const context = { directory, span: answer, withMembers: true, withGroups: true };
    const { id } = observeResource(history, answer.body, context);
    const versionChange = { what: effect.what, version: versionOf(answer), isPrecise: true };
    if (answer.body !== undefined) client.noteWritten({ directory, type, body: answer.body });
    history.observations.answered.push({
      start: answer.start,
      end: answer.end,
      id,
      version: versionChange.version,
      versionChange,
    });
  }
  recordRefusal(client, answer, {
    what: effect.what,
    directory: directory.settings.id,
    type,
    id: undefined,
    name: values[nameOf(type)],
    effects: [effect],
    ifMatch: undefined,
  });
  return answer;
};

/** Sends a POST. */
export const create = (
  client: ModelClient,
  directory: Directory,
  { body, ...request }: CreateRequest,
): Promise<Answer> => {
  let interrupted: { readonly mark: string; readonly resource: JsonObject } | undefined;
  return withRetries(client, async () => {
    const mark = client.history.nextMark();
    const isFirst = interrupted === undefined;
    // A create that ran out of time is not visible yet: repeating the identical request resumes it.
    const same = interrupted ?? { mark, resource: body(mark) };
    const answer = await createOnce(client, directory, {
      ...request,
      ...same,
      time: isFirst ? request.time : undefined,
    });
    interrupted = answer.status === 429 ? same : undefined;
    return answer;
  });
};

export type Changing = Pick<Request, 'method' | 'body' | 'time'> & {
  readonly target: KnownResource;
  /** The written attributes, as in a body; undefined: none. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly mark: string;
  readonly members?: MembersChange | undefined;
  /** With If-Match. */
  readonly isConditional?: boolean;
};

const beginChange = (client: ModelClient, { target, method, attributes, mark, members }: Changing) => {
  const { history } = client;
  const start = history.tick();
  const what = `${method} ${endpointOf(target.type)}/${target.id} (${mark})`;
  const chronicle = history.chronicle(target.id);
  const ofAttributes = attributes && history.begin(what, start);
  if (attributes !== undefined && ofAttributes !== undefined)
    chronicle.attributes.push({ effect: ofAttributes, values: toValues(target.type, attributes, false), mark });
  const ofMembers = members && history.begin(what, start);
  if (members !== undefined && ofMembers !== undefined) {
    const { replace, add, remove } = members;
    chronicle.members.push({ effect: ofMembers, replace, add: toDisplayed(add), remove: new Set(remove) });
  }
  return { what: `${what} at ${start}`, ofAttributes, ofMembers };
};

const isLarge = ({ replace, add, remove }: MembersChange) => replace || add.length + remove.length > CERTAINLY_TOGETHER;

const endEffects = (answer: Answer, { target, ofAttributes, ofMembers, members }: Changing & Begun) => {
  if (ofAttributes !== undefined) end(ofAttributes, answer);
  if (ofAttributes?.outcome === 'done' && target.type === 'User') ofAttributes.version = versionOf(answer);
  // If the group is deleted after its members were written, they are removed again but may have been observed.
  const mayShow = (change: MembersChange) => isLarge(change) || answer.status === 404;
  if (ofMembers !== undefined && members !== undefined) end(ofMembers, answer, mayShow(members) ? 'maybe' : 'refused');
};

/**
 * Records the response to an acknowledged change. A group's version is precise if the group's item was written last, or
 * if nothing else can have been written since it was read.
 */
const recordChange = (client: ModelClient, answer: Answer, { target, ifMatch, ...changed }: Changing & Begun) => {
  const { history } = client;
  const { start, end: ended, writes } = answer;
  const { what, ofAttributes, ofMembers } = changed;
  const { id, type, directory } = target;
  const version = versionOf(answer);
  const isOneWrite = type === 'User' || writes === 1;
  const isExact = ifMatch !== undefined && isOneWrite;
  const isPrecise = type === 'User' || ofAttributes === undefined || isExact;
  const versionChange = writes === 0 ? undefined : { what, version, isPrecise };
  history.observations.answered.push({ start, end: ended, id, version, versionChange });
  const context = { directory, span: answer, withMembers: true, withGroups: true, isWritten: true };
  if (answer.body !== undefined) {
    observeResource(history, answer.body, context);
    client.noteWritten({ directory, type, body: answer.body });
  } else target.version = { version, since: start };
  if (versionChange !== undefined && isPrecise && ofMembers !== undefined)
    ofMembers.counted = { version, exact: isExact };
  if (versionChange !== undefined && ifMatch !== undefined)
    history.observations.conditional.push({ start, end: ended, what, id, ifMatch, version, isOneWrite });
};

type Begun = ReturnType<typeof beginChange> & { readonly ifMatch: KnownResource['version'] };

/** @returns the latest observed version, or sometimes an outdated one */
const chooseVersion = ({ random }: ModelClient, { version }: KnownResource): KnownResource['version'] =>
  version !== undefined && version.version > 1 && random.once(4) ? { version: version.version - 1, since: 0 } : version;

const toHeader = (ifMatch: KnownResource['version']) => (ifMatch === undefined ? undefined : `W/"${ifMatch.version}"`);

/** Sends a PATCH or PUT. */
export const change = (client: ModelClient, changing: Changing): Promise<Answer> =>
  withRetries(client, async () => {
    const { target, method, body, time, isConditional, attributes } = changing;
    const ifMatch = isConditional === true ? chooseVersion(client, target) : undefined;
    const begun = { ...beginChange(client, changing), ifMatch };
    const answer = await client.ask(target.directory, {
      method,
      path: [endpointOf(target.type), target.id],
      body,
      time,
      ifMatch: toHeader(ifMatch),
    });
    endEffects(answer, { ...changing, ...begun });
    if (outcomeOf(answer) === 'done') recordChange(client, answer, { ...changing, ...begun });
    recordRefusal(client, answer, {
      what: begun.what,
      directory: target.directory.settings.id,
      type: target.type,
      id: target.id,
      name: attributes && toValues(target.type, attributes, false)[nameOf(target.type)],
      effects: [begun.ofAttributes, begun.ofMembers].flatMap((effect) => effect ?? []),
      ifMatch,
    });
    if (answer.status === 404) markDeleted(target);
    return answer;
  });

/** Sends a DELETE. @param isConditional with If-Match */
export const remove = (client: ModelClient, target: KnownResource, isConditional = false): Promise<Answer> =>
  withRetries(client, async () => {
    const { history } = client;
    const { id } = target;
    const ifMatch = isConditional ? chooseVersion(client, target) : undefined;
    const effect = history.begin(`DELETE ${endpointOf(target.type)}/${id}`, history.tick());
    const { what } = effect;
    history.chronicle(id).deletions.push(effect);
    const answer = await client.ask(target.directory, {
      method: 'DELETE',
      path: [endpointOf(target.type), id],
      ifMatch: toHeader(ifMatch),
    });
    end(effect, answer);
    const { start, end: ended } = answer;
    if (effect.outcome === 'done' && ifMatch !== undefined)
      history.observations.conditional.push({
        start,
        end: ended,
        what,
        id,
        ifMatch,
        version: undefined,
        isOneWrite: true,
      });
    recordRefusal(client, answer, {
      what: effect.what,
      directory: target.directory.settings.id,
      type: target.type,
      id,
      name: undefined,
      effects: [effect],
      ifMatch,
    });
    if (answer.status === 204 || answer.status === 404) markDeleted(target);
    return answer;
  });
