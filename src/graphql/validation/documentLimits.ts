// How much one document may ask for. Everything is counted with each fragment written out wherever it is spread.

/** Upper bounds, each the largest number that is still allowed. */
export interface DocumentLimits {
  /** Lexical tokens of the document: its length as the parser counts it. */
  readonly tokens: number;
  /** Fields nested in one another, the root field included. */
  readonly depth: number;
  /** Fields of the operation itself: how many times it can act. */
  readonly rootFields: number;
  /** Fields under another name, and fields that are asked for again in the same place. */
  readonly aliases: number;
  readonly directives: number;
  /** Fields nested in one another whose type leads back to itself, such as `supersededBy { supersededBy }`. */
  readonly recursion: number;
  /** Values that the answer can hold; a list whose length is not known counts as {@link unknownLength}. */
  readonly cost: number;
  /** Fragments that the document defines. */
  readonly fragments: number;
}

/** The limits that no setting changes: no client of this schema needs more. */
export const fixedLimits = {
  rootFields: 64,
  aliases: 64,
  directives: 32,
  recursion: 3,
  fragments: 100,
} as const satisfies Partial<DocumentLimits>;

/** What a document comes to; the same names, and Infinity where it cannot be told. */
export type Measured = Omit<DocumentLimits, 'tokens' | 'fragments'>;

/** How many entries a list is taken to have when the document does not say. */
export const unknownLength = 10;

/** What asking for the schema costs, however much of it: one answer's worth. */
export const introspectionCost = 1_000;
