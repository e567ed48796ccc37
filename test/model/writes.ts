/** Requests that change something, written into the history before they are sent and when they are answered. */
import type { JsonObject } from '../../lib/scim/index.ts';
import { seeResource, toDisplayed, toValues, toVersionNumber } from './answers.ts';
import type { Effect, Refused, TypeName } from './history.ts';
import { nameOf } from './lives.ts';
import { type Answer, type ModelClient, outcomeOf, type Request } from './model-client.ts';
import { bury, type Directory, type Known } from './world.ts';

const ENDPOINTS: Readonly<Record<TypeName, string>> = { User: 'Users', Group: 'Groups' };
export const endpointOf = (type: TypeName) => ENDPOINTS[type];

/** More changes of members than one transaction holds for certain: then a refusal may come after a part of them. */
const CERTAINLY_TOGETHER = 40;

/** As in a body. */
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

const noteRefusal = (
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

/** What a client does that gets no answer: mostly it asks again. */
const insistently = async (client: ModelClient, send: () => Promise<Answer>): Promise<Answer> => {
  let answer = await send();
  for (let more = 2; more > 0 && outcomeOf(answer) === 'maybe' && client.random.below(10) < 6; more--)
    answer = await send();
  return answer;
};

export type Make = {
  readonly type: TypeName;
  /** @param mark which the resource must bear for good, new for every try */
  readonly body: (mark: string) => JsonObject;
  readonly members?: readonly MemberValue[];
  /** Milliseconds for the first try. */
  readonly time?: number | undefined;
};

const makeOnce = async (
  client: ModelClient,
  directory: Directory,
  { mark, resource, type, members, time }: Omit<Make, 'body'> & { mark: string; resource: JsonObject },
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
    const shown = { directory, span: answer, withMembers: true, withGroups: true };
    const { id } = seeResource(history, answer.body, shown);
    const moved = { what: effect.what, version: versionOf(answer), isPrecise: true };
    if (answer.body !== undefined) client.noteWritten({ directory, type, body: answer.body });
    history.observations.answered.push({ start: answer.start, end: answer.end, id, version: moved.version, moved });
  }
  noteRefusal(client, answer, {
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

/** POST. */
export const make = (client: ModelClient, directory: Directory, { body, ...wanted }: Make): Promise<Answer> => {
  let tried: { readonly mark: string; readonly resource: JsonObject } | undefined;
  return insistently(client, async () => {
    const mark = client.history.nextMark();
    const isFirst = tried === undefined;
    // A creation that ran out of time has made nothing that is seen: the very same request takes it up.
    const same = tried ?? { mark, resource: body(mark) };
    const answer = await makeOnce(client, directory, { ...wanted, ...same, time: isFirst ? wanted.time : undefined });
    tried = answer.status === 429 ? same : undefined;
    return answer;
  });
};

export type Changing = Pick<Request, 'method' | 'body' | 'time'> & {
  readonly target: Known;
  /** The attributes that it writes, as in a body; undefined: none. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly mark: string;
  readonly members?: MembersChange | undefined;
  /** With If-Match. */
  readonly insists?: boolean;
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
  // Who meets a deletion after its members were written takes them back, but they were seen.
  const mayShow = (change: MembersChange) => isLarge(change) || answer.status === 404;
  if (ofMembers !== undefined && members !== undefined) end(ofMembers, answer, mayShow(members) ? 'maybe' : 'refused');
};

/**
 * What an acknowledged change answered. A group's version is certain when the group's item was what was written last, or
 * when nothing else can have been written since it was read.
 */
const noteChange = (client: ModelClient, answer: Answer, { target, ifMatch, ...changed }: Changing & Begun) => {
  const { history } = client;
  const { start, end: ended, writes } = answer;
  const { what, ofAttributes, ofMembers } = changed;
  const { id, type, directory } = target;
  const version = versionOf(answer);
  const isOneWrite = type === 'User' || writes === 1;
  const isExact = ifMatch !== undefined && isOneWrite;
  const isPrecise = type === 'User' || ofAttributes === undefined || isExact;
  const moved = writes === 0 ? undefined : { what, version, isPrecise };
  history.observations.answered.push({ start, end: ended, id, version, moved });
  const shown = { directory, span: answer, withMembers: true, withGroups: true, isWritten: true };
  if (answer.body !== undefined) {
    seeResource(history, answer.body, shown);
    client.noteWritten({ directory, type, body: answer.body });
  } else target.version = { version, since: start };
  if (moved !== undefined && isPrecise && ofMembers !== undefined) ofMembers.counted = { version, exact: isExact };
  if (moved !== undefined && ifMatch !== undefined)
    history.observations.insisted.push({ start, end: ended, what, id, ifMatch, version, isOneWrite });
};

type Begun = ReturnType<typeof beginChange> & { readonly ifMatch: Known['version'] };

/** The version that was shown last, or one that is past. */
const insistedOn = ({ random }: ModelClient, { version }: Known): Known['version'] =>
  version !== undefined && version.version > 1 && random.once(4) ? { version: version.version - 1, since: 0 } : version;

const toHeader = (ifMatch: Known['version']) => (ifMatch === undefined ? undefined : `W/"${ifMatch.version}"`);

/** PATCH and PUT. */
export const change = (client: ModelClient, changing: Changing): Promise<Answer> =>
  insistently(client, async () => {
    const { target, method, body, time, insists, attributes } = changing;
    const ifMatch = insists === true ? insistedOn(client, target) : undefined;
    const begun = { ...beginChange(client, changing), ifMatch };
    const answer = await client.ask(target.directory, {
      method,
      path: [endpointOf(target.type), target.id],
      body,
      time,
      ifMatch: toHeader(ifMatch),
    });
    endEffects(answer, { ...changing, ...begun });
    if (outcomeOf(answer) === 'done') noteChange(client, answer, { ...changing, ...begun });
    noteRefusal(client, answer, {
      what: begun.what,
      directory: target.directory.settings.id,
      type: target.type,
      id: target.id,
      name: attributes && toValues(target.type, attributes, false)[nameOf(target.type)],
      effects: [begun.ofAttributes, begun.ofMembers].flatMap((effect) => effect ?? []),
      ifMatch,
    });
    if (answer.status === 404) bury(target);
    return answer;
  });

/** DELETE. @param insists with If-Match */
export const remove = (client: ModelClient, target: Known, insists = false): Promise<Answer> =>
  insistently(client, async () => {
    const { history } = client;
    const { id } = target;
    const ifMatch = insists ? insistedOn(client, target) : undefined;
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
      history.observations.insisted.push({
        start,
        end: ended,
        what,
        id,
        ifMatch,
        version: undefined,
        isOneWrite: true,
      });
    noteRefusal(client, answer, {
      what: effect.what,
      directory: target.directory.settings.id,
      type: target.type,
      id,
      name: undefined,
      effects: [effect],
      ifMatch,
    });
    if (answer.status === 204 || answer.status === 404) bury(target);
    return answer;
  });
