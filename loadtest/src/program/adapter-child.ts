import { setImmediate as turn } from "node:timers/promises";
import { readAnswer } from "../adapters/answer.ts";
import { stageBuiltPackages } from "../adapters/built-package.ts";
import { callOf, callTimes, timePerCall } from "../adapters/calls.ts";
import { loadContestant } from "../adapters/contestant.ts";
import { rows } from "../adapters/row.ts";
import { endWithParent } from "./program-side.ts";

// One contestant of the adapter bench in a process of its own, where V8 learns of nobody else. By hand it times itself:
// node --cpu-prof loadtest/src/program/adapter-child.ts CONTESTANT ROW [SECONDS]
const [contestant = "", rowName = "", seconds = "3"] = process.argv.slice(2);
process.env.NODE_ENV ??= "production";
if (process.send === undefined) for (const problem of stageBuiltPackages()) console.error(problem);

const row = rows.find(({ name }) => name === rowName);
if (row === undefined) throw new Error(`Cannot run "${rowName}": known are ${rows.map(({ name }) => name).join(", ")}`);
const call = callOf(await loadContestant(row.framework, contestant), row.createEvent());

if (process.send === undefined) {
  console.log(readAnswer(await call()));
  await timePerCall(call, Number(seconds) / 2);
  console.log(`${contestant} ${rowName}: ${(await timePerCall(call, Number(seconds))).toFixed(2)} us per call`);
} else {
  endWithParent();
  process.on("message", (message) => {
    void reply(message).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.send({ value: "ready" });
}

async function reply(message: unknown): Promise<unknown> {
  const { type, amount } = message as { type: string; amount: number };
  switch (type) {
    case "answer":
      return readAnswer(await call());
    case "time":
      return await timePerCall(call, amount);
    case "memory":
      await callTimes(call, amount);
      // The first leaves what was young, and what waits for a finalizer.
      for (let pass = 0; pass < 3; pass += 1) {
        globalThis.gc?.();
        await turn();
      }
      return process.memoryUsage();
    default:
      throw new Error(`Cannot reply: "${type}" is unknown`);
  }
}
