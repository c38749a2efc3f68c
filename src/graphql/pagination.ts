// A page of a list that belongs to the user, as the contract has pages. A cursor is opaque to a client and holds the
// entry's uuid: it stays valid while other entries come and go, and it is valid for no other list.

import { type Page } from '../db/keysetPage.js';
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
 * @param read reads the page of so many entries, after the one with this id or from the newest on
 * @param toNode what resolvers return for an entry
 * @throws GraphQLError `BAD_USER_INPUT` for arguments that are out of range
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

/** @param id a uuid */
function cursorOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** Reads the uuid in a cursor; null for any other text than {@link cursorOf} makes. */
function parseCursor(cursor: string): string | null {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== 16 || bytes.toString('base64url') !== cursor) return null;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
