// What an app sees around its `listen`, asked of it over HTTP: the order of things, and what the server tells at each moment.
const { createServer } = require("node:http");
const { Worker } = require("node:worker_threads");

const forms = {
  "a port": [0],
  "an address": [0, "127.0.0.1"],
  "all addresses": [0, "0.0.0.0"],
  "options with a host": [{ port: 0, host: "127.0.0.1" }],
  "a host name": [0, "localhost"],
  "options with a signal of another maker": [
    { port: 0, signal: { aborted: false, addEventListener() {}, removeEventListener() {} } },
  ],
};
const refusals = [[99_999], [-1.5], [{ port: "70000" }], [{}], [{ port: "x" }], [true], [{ port: 0, signal: "no" }]];

const [form = "a port"] = process.argv.slice(2);
const seen = [];
const controller = new AbortController();
const server = createServer((request, response) => {
  if (request.url === "/abort") response.on("finish", () => controller.abort());
  if (request.url === "/worker") return inWorker((answer) => response.end(JSON.stringify(answer)));
  response.end(JSON.stringify(seen));
});

function note(name) {
  const { port, ...rest } = server.address() ?? { port: null };
  seen.push([name, server.listening, { ...rest, port: typeof port }]);
}

function inWorker(then) {
  new Worker("require('node:worker_threads').parentPort.postMessage(process.execArgv)", { eval: true }).once(
    "message",
    then,
  );
}

for (const given of refusals) {
  try {
    createServer().listen(...given);
    seen.push("was taken");
  } catch (error) {
    seen.push([error.code, error.message]);
  }
}
process.on("exit", (code) => console.log("exit", code));
server.on("close", () => console.log("closed"));
server.on("listening", () => note("event"));
process.nextTick(note, "tick before");
const [first, ...rest] = forms[form];
const options = typeof first === "object" ? first : { port: first, host: rest[0] };
const withSignal = form === "options with a host" ? [{ ...options, signal: controller.signal }] : forms[form];
note(server.listen(...withSignal, () => note("callback")) === server ? "returned" : "returned another");
process.nextTick(note, "tick after");
// A host name takes as long as the thread pool does.
if (form !== "a host name") setImmediate(note, "immediate");
server.once("listening", () => console.log("port", server.address().port));
