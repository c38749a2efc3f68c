// What the global setup tells every test file.

declare module 'vitest' {
  interface ProvidedContext {
    /** Which database the project runs on. */
    database: 'pglite' | 'postgres';
    /** An address with the right to make databases; null in the pglite project, and where no server could start. */
    postgresUrl: string | null;
  }
}

export {};
