import { createSchema, type Database, postgresBinaries, startPostgres } from "./postgres-server.ts";

const bin = postgresBinaries();
const shared = process.env.DATABASE_URL_TEST;

/** Whether tests over PostgreSQL can run here. In CI they are tried in any case, and then fail rather than hide. */
export const hasPostgres: boolean = Boolean(shared || bin || process.env.CI);

if (!hasPostgres) {
  console.warn("SKIPPED, no PostgreSQL: set DATABASE_URL_TEST, or `apt-get install postgresql`");
}

/** A database for one test file: a schema in the server of DATABASE_URL_TEST, else a server of its own. */
export async function openTestDatabase(): Promise<Database> {
  if (shared) return await createSchema(shared);
  if (!bin) throw new Error("No PostgreSQL: set DATABASE_URL_TEST, or `apt-get install postgresql`");
  return await startPostgres(bin);
}
