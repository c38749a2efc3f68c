// Orders the test files: by database, so that a worker keeps the code that it has loaded, then the longest first, so that all
// workers end at about the same time.

import { relative } from 'node:path';

import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { longest } from './projects.js';

const projects = ['postgres', 'pglite', 'unit'];

export class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) => {
      const index = longest.indexOf(relative(this.ctx.config.root, moduleId));
      return projects.indexOf(project.name) * 1_000 + (index === -1 ? longest.length : index);
    };
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}
