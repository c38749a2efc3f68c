// The fragments of a document: by name, and the faults of theirs that are found before GraphQL's own rules run.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';

/** Returns the fragments of a document. Of two of one name, which GraphQL's own rules refuse, the last counts. */
export function fragmentsByName(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}

/**
 * Two faults of fragments. GraphQL's own rules refuse them as well, but only after rules that take long over every fragment,
 * one of which never ends where fragments spread each other in a cycle.
 */
export type FragmentFault = 'fragmentCycle' | 'unusedFragment';

/** Finds such a fault of a document; null for none. Takes time linear in the document's length. */
export function fragmentFaultOf(document: DocumentNode): FragmentFault | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  if (fragments.length === 0) return null;
  const spreads = new Map(fragments.map((fragment) => [fragment.name.value, spreadsOf(fragment)]));
  const states = new Map<string, 'open' | 'done'>();

  /** Tells whether a cycle can be reached from the fragment. */
  const reachesCycle = (name: string): boolean => {
    const state = states.get(name);
    if (state !== undefined) return state === 'open';
    states.set(name, 'open');
    const found = (spreads.get(name) ?? []).some(reachesCycle);
    states.set(name, 'done');
    return found;
  };

  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && spreadsOf(definition).some(reachesCycle))
      return 'fragmentCycle';
  const isUsed = ({ name }: FragmentDefinitionNode) => states.has(name.value);
  if (fragments.every(isUsed)) return null;
  return fragments.some(({ name }) => reachesCycle(name.value)) ? 'fragmentCycle' : 'unusedFragment';
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
