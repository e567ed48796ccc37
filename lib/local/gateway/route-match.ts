/** Finds the route of a path as API Gateway REST does: the most specific resource wins. */
import { type Route, routes } from '../../lambda/routes.ts';

const GREEDY = '{proxy+}';

export type RouteMatch = {
  readonly route: Route;
  /** The part of the path that `{proxy+}` matches, as sent. */
  readonly proxy: string | undefined;
};

const compiled = routes.map((route) => {
  const parts = route.path.split('/').filter((part) => part !== '');
  const greedy = parts.at(-1) === GREEDY;
  return { route, greedy, literals: greedy ? parts.slice(0, -1) : parts };
});
// The longest literal prefix is the most specific; between two of equal length, the one without `{proxy+}`.
compiled.sort((a, b) => b.literals.length - a.literals.length || Number(a.greedy) - Number(b.greedy));

/**
 * @param path below the stage, with a leading slash, percent-encoded as sent. A trailing slash belongs to the resource
 * before it; a double slash is an empty segment, which no literal matches.
 */
export function matchRoute(path: string): RouteMatch | undefined {
  const segments = path.slice(1).split('/');
  for (const { route, greedy, literals } of compiled) {
    if (!literals.every((literal, i) => segments[i] === literal)) continue;
    const proxy = segments.slice(literals.length).join('/');
    const ends = proxy === '';
    if (ends !== greedy) return { route, proxy: greedy ? proxy : undefined };
  }
  return undefined;
}
