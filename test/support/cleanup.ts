// Setup of every test file: what the file opened is closed when it ends, the newest first.

import { afterAll } from 'vitest';

import { closeAll } from './whenFileEnds.js';

afterAll(closeAll);
