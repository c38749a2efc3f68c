// The media types of answers.

/** The media types of GraphQL over HTTP, as the content-type header has them. */
export const json = 'application/json; charset=utf-8';
export const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

export type ResponseType = typeof json | typeof graphqlResponse;
