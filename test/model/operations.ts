/** The operations of the clients and their frequency. */
import type { Random } from '../fuzz/random.ts';
import * as contended from './contended-operations.ts';
import * as groups from './group-operations.ts';
import type { ModelClient } from './model-client.ts';
import * as reads from './read-operations.ts';
import * as strangers from './stranger-operations.ts';
import * as users from './user-operations.ts';
import type { Directory, World } from './world.ts';

type Operation = (world: World, directory: Directory, client: ModelClient) => Promise<unknown>;

/** Relative weights. */
const MIX: readonly (readonly [number, Operation])[] = [
  [10, (world, directory, client) => users.createUser(world, directory, client)],
  [10, users.renameUser],
  [6, users.setUserActive],
  [4, users.replaceUser],
  [3, users.replaceAddresses],
  [5, users.deleteUser],
  [4, groups.createSmallGroup],
  [3, groups.createLargeGroup],
  [4, groups.renameGroup],
  [10, groups.patchFew],
  [4, groups.patchMany],
  [2, groups.replaceFew],
  [1, groups.replaceMany],
  [2, groups.putWithoutMembers],
  [2, groups.putFew],
  [2, groups.putMany],
  [4, groups.deleteGroup],
  [6, contended.contendForGroup],
  [3, contended.contendForUser],
  [1, strangers.addStranger],
  [2, strangers.askForStranger],
  [1, strangers.findByStranger],
  [6, reads.readSome],
  [4, reads.readLatest],
  [7, reads.findSome],
  [2, reads.findInactive],
  [5, reads.listSome],
  [1, reads.countSome],
];

const TOTAL = MIX.reduce((sum, [weight]) => sum + weight, 0);

export const pickOperation = (random: Random): Operation => {
  let left = random.below(TOTAL);
  const found = MIX.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return found?.[1] ?? users.renameUser;
};

/** Picks the large directory for at least 80% of operations. */
export const pickDirectory = ({ directories, main }: World, random: Random): Directory =>
  random.below(10) < 8 ? main : random.pick(directories);
