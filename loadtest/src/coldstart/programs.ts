import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { FunctionOptions } from "@tidegate/host";
import { ensureBuilt } from "../../../examples/next-site/build.ts";
import { helloFile } from "../gateway/contestants.ts";
import { type SingleRequest, singleRequest } from "../generator/single-request.ts";

/** A program whose first response is timed, plain and through a host. */
export interface ColdProgram {
  /** Part of the names of its figures. */
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ways to have it forked; the first one is compared with `node server.js` under the program's name alone. */
  readonly ways: readonly ColdWay[];
  /** What a new instance is asked for first. */
  request(host: string): SingleRequest;
  readonly rounds: number;
  /** What has to be there before it can run. */
  prepare(): Promise<void>;
}

/** How a program is served by the host. */
export interface ColdWay {
  /** Added to the program's name in figures; empty for the plain way. */
  readonly suffix: string;
  readonly warmUp: readonly string[];
}

/** The programs of the bench. */
export const coldProgramNames = ["express", "next", "shop", "shop-login"] as const;

export type ColdProgramName = (typeof coldProgramNames)[number];

/** Short, so that a round need not wait long for zero instances, in milliseconds. */
const idleTimeoutMs = 100;

const plainWay: ColdWay = { suffix: "", warmUp: [] };
const warmWay: ColdWay = { suffix: "_warm", warmUp: ["/"] };

const files = {
  express: fileURLToPath(new URL("../apps/express-hello.js", import.meta.url)),
  next: fileURLToPath(new URL("../../../examples/next-site/server.js", import.meta.url)),
  shop: fileURLToPath(new URL("../../../examples/mini-program/server.js", import.meta.url)),
} as const;

/** @param dataDir an empty folder of this run, for the data of programs that keep some */
export function coldProgram(name: ColdProgramName, dataDir: string): ColdProgram {
  const nothing = async (): Promise<void> => {};
  const page = (host: string): SingleRequest => singleRequest(host, "/");
  switch (name) {
    case "express":
      // So many that 1 % of them is more than one.
      return { ...base(name), ways: [plainWay, warmWay], request: page, rounds: 150, prepare: nothing };
    case "next":
      return { ...base(name), ways: [plainWay], request: page, rounds: 40, prepare: ensureBuilt };
    case "shop":
      return { ...base(name), env: shopEnv(dataDir), ways: [plainWay], request: page, rounds: 60, prepare: nothing };
    case "shop-login":
      return {
        ...base("shop"),
        name: "shop_login",
        env: shopEnv(dataDir),
        ways: [plainWay],
        // Touches all that opening the shop's page does not: the body's parser, the database, the signature.
        request: (host) => singleRequest(host, "/api/login", JSON.stringify({ code: "bench" })),
        rounds: 30,
        prepare: nothing,
      };
  }
}

function base(name: keyof typeof files): Pick<ColdProgram, "name" | "file" | "env"> {
  return { name, file: files[name], env: {} };
}

function shopEnv(dataDir: string): Record<string, string> {
  return { DATA_DIR: dataDir, NODE_NO_WARNINGS: "1" };
}

/** Name of the function that serves a program in one way; also the host name of its route. */
export function functionName(program: ColdProgram, way: ColdWay): string {
  return `${program.name}${way.suffix}`.replaceAll("_", "-");
}

/** The functions of these programs, each under a host name of its own. */
export function coldFunctions(programs: readonly ColdProgram[]): FunctionOptions[] {
  return programs.flatMap((program) =>
    program.ways.map((way) => ({
      name: functionName(program, way),
      entry: { kind: "node", file: program.file },
      cwd: dirname(program.file),
      env: program.env,
      routes: [{ host: functionName(program, way), path: "/" }],
      warmUp: way.warmUp,
      scaling: { idleTimeoutMs },
    })),
  );
}

/** Name and host name of the function that keeps the host and this process in practice, as a host is that runs. */
export const neighbour = "neighbour";

export const neighbourFunction: FunctionOptions = {
  name: neighbour,
  entry: { kind: "node", file: helloFile },
  routes: [{ host: neighbour, path: "/" }],
  concurrency: 1000,
  scaling: { minInstances: 1, provisioned: 1, maxInstances: 1 },
};
