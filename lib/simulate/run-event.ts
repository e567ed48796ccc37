/** Plays one event of the scenario. The state changes only after the server has answered. */

import type { Group, Person } from './person.ts';
import type { Provider } from './provider.ts';
import type { Event, GroupEvent, MembersEvent, RenameEvent, UserEvent } from './scenario.ts';
import type { Session } from './session.ts';
import { forgetUser, membersOf, type State } from './state.ts';

type EventContext = { readonly provider: Provider; readonly session: Session; readonly state: State };

const manage = async (
  context: EventContext,
  { person, manager }: Extract<Event, { kind: 'manage' }>,
): Promise<boolean> => {
  const { provider, session, state } = context;
  const user = state.users.get(person.key);
  const managerAccount = state.users.get(manager);
  if (user === undefined || managerAccount === undefined || provider.setManager === undefined) return false;
  await provider.setManager(session, { id: user.id, person }, managerAccount.id);
  state.users.set(person.key, { ...user, managerId: managerAccount.id });
  return true;
};

const assign = async ({ provider, session, state }: EventContext, person: Person): Promise<boolean> => {
  state.users.set(person.key, { id: await provider.assign(session, person), person });
  return true;
};

const change = async (context: EventContext, person: Person, step: 'update' | 'setActive'): Promise<boolean> => {
  const { provider, session, state } = context;
  const user = state.users.get(person.key);
  if (user === undefined) return false;
  await provider[step](session, { id: user.id, person }, user.person);
  state.users.set(person.key, { ...user, person });
  return true;
};

const deleteUser = async ({ provider, session, state }: EventContext, { key }: Person): Promise<boolean> => {
  const user = state.users.get(key);
  if (user === undefined) return false;
  await provider.deleteUser?.(session, user.id);
  forgetUser(state, key);
  return true;
};

const runUserEvent = (context: EventContext, event: UserEvent): Promise<boolean> => {
  switch (event.kind) {
    case 'assign':
      return assign(context, event.person);
    case 'manage':
      return manage(context, event);
    case 'update':
      return change(context, event.person, 'update');
    case 'deactivate':
    case 'reactivate':
      return change(context, event.person, 'setActive');
    case 'deleteUser':
      return deleteUser(context, event.person);
  }
};

const push = async ({ provider, session, state }: EventContext, group: Group): Promise<boolean> => {
  const members = membersOf(state, group.members);
  const pushed = await provider.push(session, group, members);
  state.groups.set(group.key, { ...pushed, group, memberIds: new Set(members.map(({ id }) => id)) });
  return true;
};

const deleteGroup = async ({ provider, session, state }: EventContext, { key }: Group): Promise<boolean> => {
  const known = state.groups.get(key);
  if (known === undefined) return false;
  await provider.deleteGroup?.(session, known.id);
  state.groups.delete(key);
  state.deletedIds.add(known.id);
  return true;
};

const changeGroup = async (context: EventContext, event: RenameEvent | MembersEvent) => {
  const { provider, session, state } = context;
  const known = state.groups.get(event.group.key);
  if (known === undefined) return false;
  const members = membersOf(state, event.group.members);
  const account = { id: known.id, group: event.group, members };
  if (event.kind === 'rename') await provider.rename?.(session, account);
  else {
    const [added, removed] = [membersOf(state, event.added), membersOf(state, event.removed)];
    await provider.changeMembers(session, account, { added, removed });
  }
  state.groups.set(known.group.key, { ...known, group: event.group, memberIds: new Set(members.map(({ id }) => id)) });
  return true;
};

const runGroupEvent = (context: EventContext, event: GroupEvent): Promise<boolean> => {
  switch (event.kind) {
    case 'push':
      return push(context, event.group);
    case 'rename':
    case 'members':
      return changeGroup(context, event);
    case 'deleteGroup':
      return deleteGroup(context, event.group);
  }
};

/**
 * @returns false if the event was skipped because an earlier event of the same person or group failed
 * @throws StepFailed
 */
export const runEvent = (context: EventContext, event: Event): Promise<boolean> =>
  'group' in event ? runGroupEvent(context, event) : runUserEvent(context, event);
