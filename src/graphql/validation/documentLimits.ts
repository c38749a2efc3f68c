// The limits of one document, as one validation rule for every transport. A document beyond the limits is hidden
// from the other rules, some of which compare every field with every other.

import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, type ValidationRule } from 'graphql';

import { type FragmentFault, fragmentFaultOf } from './fragments.js';
import { createMeasure, type Measured } from './measure.js';
import { credentialMutations, findCrowdedCredential, hasConditionalTop } from './rootFields.js';

/** Upper bounds, each the largest number that is still allowed. */
export interface DocumentLimits extends Measured {
  /** Lexical tokens of the document: its length as the parser counts it. */
  readonly tokens: number;
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

/** The extension in which an error of this rule names the limit, for the formatter; it is not shown to the client. */
export const exceededLimit = 'documentLimit';

const texts = {
  depth: (max) => `The document nests fields too deeply: ${max} levels are allowed.`,
  rootFields: (max) => `The operation asks for too many fields at its top: ${max} are allowed.`,
  aliases: (max) => `The document has too many aliases and repeated fields: ${max} are allowed.`,
  directives: (max) => `The document has too many directives: ${max} are allowed.`,
  recursion: (max) => `The document nests a field in itself too often: ${max} times are allowed.`,
  cost: (max) =>
    `The document asks for too much at once: a response may hold ${max} values. Ask for smaller pages.`,
  fragments: (max) => `The document has too many fragments: ${max} are allowed.`,
} as const satisfies Record<Exclude<keyof DocumentLimits, 'tokens'>, (max: string) => string>;

const faultTexts = {
  fragmentCycle: 'A fragment of the document spreads itself, directly or through others.',
  unusedFragment: 'The document defines a fragment that no operation uses.',
} as const satisfies Record<FragmentFault, string>;

const conditionalTop =
  'The field of a subscription must be without a condition: no @skip or @include at its top.';

/** @param mutation the name of a field of the schema */
export function crowdedText(mutation: string): string {
  return `${mutation} takes a credential and must be the only field of its mutation. Send the other fields in a request of their own.`;
}

/** Rules visit every fragment once for each operation, and only one operation is executed. */
const maxOperations = 32;
const tooManyOperations = `The document has too many operations: ${String(maxOperations)} are allowed.`;

/**
 * Makes the rule, to be listed with GraphQL's own. It takes time linear in the document's length. The parser limits the
 * tokens: pass it `maxLexicalTokens`.
 *
 * @param credentials the mutations that take a credential
 */
export function createDocumentLimits(
  schema: GraphQLSchema,
  limits: DocumentLimits,
  credentials = credentialMutations(schema),
): ValidationRule {
  const measure = createMeasure(schema);

  const refusalOf = (document: DocumentNode) => {
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (operations.length > maxOperations) return ['operations', tooManyOperations] as const;
    const exceeded = firstExceeded(document, limits, measure);
    if (exceeded !== null) return [exceeded, texts[exceeded](String(limits[exceeded]))] as const;
    if (hasConditionalTop(document)) return ['conditionalTop', conditionalTop] as const;
    const fault = fragmentFaultOf(document);
    if (fault !== null) return [fault, faultTexts[fault]] as const;
    const crowded = findCrowdedCredential(document, credentials);
    return crowded === null ? null : (['credential', crowdedText(crowded)] as const);
  };

  return (context) => ({
    Document(document) {
      const refusal = refusalOf(document);
      if (refusal === null) return undefined;
      const [limit, text] = refusal;
      context.reportError(new GraphQLError(text, { extensions: { [exceededLimit]: limit } }));
      // To a visitor, null removes the node: no rule visits anything in it.
      return null;
    },
  });
}

function firstExceeded(
  document: DocumentNode,
  limits: DocumentLimits,
  measure: ReturnType<typeof createMeasure>,
): keyof typeof texts | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  if (fragments.length > limits.fragments) return 'fragments';
  for (const measured of measure(document)) {
    for (const name of Object.keys(measured) as (keyof Measured)[])
      if (measured[name] > limits[name]) return name;
  }
  return null;
}
