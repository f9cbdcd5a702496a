import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rotated } from "../statistics/ratio.ts";
import { builtEntry } from "./built-package.ts";

const program = fileURLToPath(new URL("../program/import-child.ts", import.meta.url));
const rounds = 11;
const run = promisify(execFile);

/** Milliseconds to import each adapter alone, without framework, in a new process; one value a round. */
export async function measureImports(log: (line: string) => void): Promise<ReadonlyMap<string, readonly number[]>> {
  const entries = Object.entries({
    tidegate_express: builtEntry("@tidegate/express"),
    serverless_http: "serverless-http",
    vendia: "@vendia/serverless-express",
    codegenie: "@codegenie/serverless-express",
    tidegate_fastify: builtEntry("@tidegate/fastify"),
    fastify_aws_lambda: "@fastify/aws-lambda",
    tidegate_fetch: builtEntry("@tidegate/fetch"),
    hono_aws_lambda: "hono/aws-lambda",
  });
  const times = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, entry] of rotated(entries, round)) {
      const { stdout } = await run(process.execPath, [program, entry]);
      times.get(name)?.push(Number(stdout));
    }
  }
  log(`import: ${rounds} rounds`);
  return times;
}
