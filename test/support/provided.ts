// What the global setup tells every test file.

declare module 'vitest' {
  interface ProvidedContext {
    /** Which database the project runs on. */
    database: 'pglite' | 'postgres';
    /** An address with the right to make databases; null in the pglite project, and where no server could start. */
    postgresUrl: string | null;
    /** A data folder whose embedded database has all tables, and which nobody has open; null in the postgres project. */
    embeddedTables: string | null;
  }
}

export {};
