/** Serves /Groups. */
import { createScimFunction } from '../lib/lambda/scim-function.ts';

export const handler = createScimFunction();
