// Fragments that nothing executes. GraphQL's own rules refuse them as well, but only after rules that take their time
// over every fragment, and one of them never ends where fragments spread each other in a circle.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';

export type IdleFragments = 'fragmentCycle' | 'unusedFragment';

/** Which of the two a document has; null for neither. Takes time linear in the document's length. */
export function idleFragmentsOf(document: DocumentNode): IdleFragments | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  if (fragments.length === 0) return null;
  const spreads = new Map(fragments.map((fragment) => [fragment.name.value, spreadsOf(fragment)]));
  const states = new Map<string, 'open' | 'done'>();

  /** Whether a circle can be reached from the fragment. */
  const isCircular = (name: string): boolean => {
    const state = states.get(name);
    if (state !== undefined) return state === 'open';
    states.set(name, 'open');
    const found = (spreads.get(name) ?? []).some(isCircular);
    states.set(name, 'done');
    return found;
  };

  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && spreadsOf(definition).some(isCircular))
      return 'fragmentCycle';
  const isUsed = ({ name }: FragmentDefinitionNode) => states.has(name.value);
  if (fragments.every(isUsed)) return null;
  return fragments.some(({ name }) => isCircular(name.value)) ? 'fragmentCycle' : 'unusedFragment';
}

function spreadsOf(definition: OperationDefinitionNode | FragmentDefinitionNode): readonly string[] {
  const names = new Set<string>();
  visit(definition, {
    FragmentSpread({ name }) {
      names.add(name.value);
    },
  });
  return [...names];
}
