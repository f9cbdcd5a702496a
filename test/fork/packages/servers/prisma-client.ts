import { execFile } from "node:child_process";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const own = join(import.meta.dirname, "..");

/** What `prisma generate` makes of `apps/prisma.schema`, and its table. Resolves with the client's module. */
export async function generatePrismaClient(folder: string, databaseUrl: string): Promise<string> {
  const project = join(folder, "prisma");
  await mkdir(project);
  await symlink(join(own, "node_modules"), join(project, "node_modules"));
  await copyFile(join(own, "apps/prisma.schema"), join(project, "schema.prisma"));
  await writeFile(join(project, "prisma.config.mjs"), `export default { schema: "schema.prisma" };\n`);
  await promisify(execFile)(process.execPath, [join(own, "node_modules/prisma/build/index.js"), "generate"], {
    cwd: project,
    // Generating needs no engine, but one is downloaded where none is given.
    env: { PATH: process.env.PATH, HOME: folder, PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", CHECKPOINT_DISABLE: "1" },
  });
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(`CREATE TABLE "Visit" (id SERIAL PRIMARY KEY, uid TEXT NOT NULL, pid INT NOT NULL)`);
  await client.end();
  return join(project, "client/client.ts");
}
