/** Everything that cannot have been, of a history whose requests have all ended. */
import type { History } from './history.ts';
import { judgeLists } from './judge-lists.ts';
import { judgeMemberships } from './judge-memberships.ts';
import { judgeNames } from './judge-names.ts';
import { judgeRefusals } from './judge-refusals.ts';
import { judgeResources } from './judge-resources.ts';
import { judgeVersions } from './judge-versions.ts';
import { acceptSeen, livesOf } from './lives.ts';

/** @returns what is wrong, one line each; what was observed is judged once only */
export const judge = (history: History): string[] => {
  const strangers = history.observations.seen.flatMap((seen) => acceptSeen(history, seen) ?? []);
  const lives = livesOf(history);
  const findings = [
    ...history.findings,
    ...strangers,
    ...judgeResources(history, lives),
    ...judgeVersions(history),
    ...judgeMemberships(history, lives),
    ...judgeLists(history, lives),
    ...judgeNames(history, lives),
    ...judgeRefusals(history, lives),
  ];
  history.forget();
  return [...new Set(findings)];
};
