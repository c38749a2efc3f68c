// Conditions at the top of a subscription. The specification's draft forbids them (section 5.2.4.1, "Single Root Field"),
// since a subscription without its one field is nothing; GraphQL.js throws instead of refusing where one hangs on a
// variable, and fails where one leaves nothing.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';

const conditions = new Set(['skip', 'include']);

/** Whether a subscription of the document has `@skip` or `@include` at its top, in a fragment or not. */
export function hasConditionalTop(document: DocumentNode): boolean {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }

  function isConditional(set: SelectionSetNode | undefined): boolean {
    return (
      set?.selections.some((selection) => {
        if (selection.directives?.some(({ name }) => conditions.has(name.value)) === true) return true;
        if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
        if (selection.kind === Kind.FIELD) return false;
        const fragment = fragments.get(selection.name.value);
        // Each is looked into once, also where one spreads itself.
        fragments.delete(selection.name.value);
        return isConditional(fragment?.selectionSet);
      }) === true
    );
  }

  return document.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION &&
      isConditional(definition.selectionSet),
  );
}
