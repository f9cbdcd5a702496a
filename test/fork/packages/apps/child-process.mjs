import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { answer } from "./contract.cjs";

const run = promisify(execFile);
const parent = execFileSync("sh", ["-c", "echo $PPID"], { encoding: "utf8" }).trim();

createServer(async (_req, res) => {
  const { stdout } = await run("sh", ["-c", "echo $PPID $GIVEN"]);
  res.end(JSON.stringify(await answer({}, { text: stdout.trim().replace(String(process.pid), "PID") }, { parent })));
}).listen(process.env.PORT);
