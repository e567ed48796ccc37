/** Serves /Users and the catch-all route. */
import { createScimFunction } from '../lib/lambda/scim-function.ts';

export const handler = createScimFunction();
