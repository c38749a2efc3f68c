// What the global setup tells every test file.

declare module 'vitest' {
  interface ProvidedContext {
    /** Which database the project runs on; null in the unit project. */
    database: 'pglite' | 'postgres' | null;
    /** An address with the right to make databases; null in the other projects, and where no server could start. */
    postgresUrl: string | null;
    /** A database on that server which has all tables, and which no process has open; null where the url is. */
    postgresTables: string | null;
  }
}

export {};
