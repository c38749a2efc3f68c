// A page of a list that belongs to the user, as the contract has pages. Cursors are opaque to a client and bear the
// entry's uuid: they stay good while others come and go, and are good for no other list.

import { type Page } from '../db/keysetPage.js';
import { cursorOf, parseCursor } from './cursor.js';
import { badUserInput } from './errors.js';

export interface PageArguments {
  readonly first: number;
  readonly after?: string | null | undefined;
}

const texts = {
  first: '`first` must be from 1 to 100.',
  after: '`after` must be a cursor of this list.',
} as const;

/**
 * @param read gives the page of so many entries, after the one with this id or from the newest on
 * @param toNode what resolvers hand on for an entry
 * @throws GraphQLError `BAD_USER_INPUT` for a page that cannot be asked for
 */
export async function connectionOf<Entry extends { readonly id: string }, Node>(
  { first, after }: PageArguments,
  read: (page: { readonly first: number; readonly after: string | null }) => Promise<Page<Entry>>,
  toNode: (entry: Entry) => Node,
) {
  const start = after == null ? null : parseCursor(after);
  if (after != null && start === null) throw badUserInput(texts.after);
  const page = await read({ first, after: start });
  if (page.kind === 'invalid') throw badUserInput(texts[page.argument]);

  const edges = page.entries.map((entry) => ({ cursor: cursorOf(entry.id), node: toNode(entry) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
