/** /Users, and the catch-all */
import { createScimFunction } from '../lib/lambda/scim-function.ts';

export const handler = createScimFunction();
