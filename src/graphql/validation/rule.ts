// The limits as one validation rule, for whichever transport validates. A document beyond them is taken away from
// the other rules, some of which compare every field with every other.

import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, type ValidationRule } from 'graphql';

import { hasConditionalTop } from './conditionalTop.js';
import { credentialMutations, findCrowdedCredential } from './credentials.js';
import { type IdleFragments, idleFragmentsOf } from './idleFragments.js';
import { type DocumentLimits, type Measured } from './documentLimits.js';
import { createMeasure } from './measure.js';

/** Marks an error of this rule in `extensions`, for the formatter; it is not shown to the client. */
export const limitMark = 'documentLimit';

const texts = {
  depth: (most) => `The document nests fields too deeply: ${most} levels are the most.`,
  rootFields: (most) => `The operation asks for too many fields at its top: ${most} are the most.`,
  aliases: (most) => `The document has too many aliases and repeated fields: ${most} are the most.`,
  directives: (most) => `The document has too many directives: ${most} are the most.`,
  recursion: (most) => `The document nests a field in itself too often: ${most} times are the most.`,
  cost: (most) =>
    `The document asks for too much at once: answers may hold ${most} values at the most. Ask for smaller pages.`,
  fragments: (most) => `The document has too many fragments: ${most} are the most.`,
} as const satisfies Record<Exclude<keyof DocumentLimits, 'tokens'>, (most: string) => string>;

const idleTexts = {
  fragmentCycle: 'A fragment of the document spreads itself, in one step or in several.',
  unusedFragment: 'The document defines a fragment that no operation uses.',
} as const satisfies Record<IdleFragments, string>;

const conditionalTop =
  'A subscription asks for its one field without a condition: no @skip or @include at its top.';

/** @param mutation the name of a field of the schema */
function crowdedText(mutation: string): string {
  return `${mutation} takes a credential and must be the only field of its mutation. Send the other fields in a request of their own.`;
}

/** Rules look at every fragment once for each operation, and one operation alone is executed. */
const maxOperations = 32;
const tooManyOperations = `The document has too many operations: ${String(maxOperations)} are the most.`;

/**
 * Makes the rule. It refuses what goes beyond the limits in time linear in the document's length, and is to be
 * listed with GraphQL's own rules. Tokens are the parser's affair: pass it `maxLexicalTokens`.
 */
export function createDocumentLimits(schema: GraphQLSchema, limits: DocumentLimits): ValidationRule {
  const measure = createMeasure(schema);
  const credentials = credentialMutations(schema);

  const refusalOf = (document: DocumentNode) => {
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (operations.length > maxOperations) return ['operations', tooManyOperations] as const;
    const exceeded = firstExceeded(document, limits, measure);
    if (exceeded !== null) return [exceeded, texts[exceeded](String(limits[exceeded]))] as const;
    if (hasConditionalTop(document)) return ['conditionalTop', conditionalTop] as const;
    const idle = idleFragmentsOf(document);
    if (idle !== null) return [idle, idleTexts[idle]] as const;
    const crowded = findCrowdedCredential(document, credentials);
    return crowded === null ? null : (['credential', crowdedText(crowded)] as const);
  };

  return (context) => ({
    Document(document) {
      const refusal = refusalOf(document);
      if (refusal === null) return undefined;
      const [mark, text] = refusal;
      context.reportError(new GraphQLError(text, { extensions: { [limitMark]: mark } }));
      // To a visitor, null removes the node: nothing of it is visited any more, by this rule or another.
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
