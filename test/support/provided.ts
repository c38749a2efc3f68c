// The values that the global setup provides to every test file.

declare module 'vitest' {
  interface ProvidedContext {
    /** The kind of database of the project; null in the unit project. */
    database: 'pglite' | 'postgres' | null;
    /** The URL of a role that may create databases; null in the other projects, and where no server could start. */
    postgresUrl: string | null;
    /** The name of a database on that server that has all tables and no connection; null where the URL is. */
    postgresTables: string | null;
  }
}

export {};
