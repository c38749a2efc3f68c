// Yours, in a clone: what your team adds to a node of its own. Upstream never touches this folder; docs/extending.md says
// what goes where.

import { type CreateTeam } from '../app.js';

/** Gets the variables of the environment whose names begin with `TEAM_`. */
export const createTeam: CreateTeam = () => ({ resolvers: {}, on: {} });
