// Captured before the fork, as most packages capture them.
const fs = require("node:fs");
const { openSync } = fs;
const { createServer } = require("node:http");
const os = require("node:os");
const v8 = require("node:v8");
const { fingerprint } = require("./fingerprint.cjs");

// Frames of Tidegate, which the comparison leaves out, push none of the program's own out.
Error.stackTraceLimit = 40;
console.log("loading", process.argv.slice(2));
console.error("loading, with a warning");
process.emitWarning("this is only loading");
const atLoad = { pidIsOwn: () => Number(fs.readlinkSync("/proc/self")) === process.pid };
process.on("SIGUSR2", (signal, number) => console.log("before the fork point:", signal, number));
process.on("exit", (code) => console.log("exit", code));
process.on("beforeExit", (code) => console.log("beforeExit", code));
process.on("warning", (warning) => console.log("warning", warning.message));
let ticks = 0;
setInterval(() => ticks++, 5).unref();
// Tried at load it is what the app is forked at; else it is forked when it listens.
const failure = process.argv[2] === "early" ? errorOf(() => fs.writeFileSync("/nowhere/at/all", "")) : null;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://app");
  const route = routes[pathname];
  if (route === undefined) return response.writeHead(404).end();
  response.end(JSON.stringify(route() ?? null));
});

const routes = {
  "/fingerprint": fingerprint,
  "/process": () => ({
    argv: process.argv,
    argv0: process.argv0,
    execArgv: process.execArgv,
    execPath: process.execPath,
    title: process.title,
    env: { ...process.env, PATH: null },
    envOrder: Object.keys(process.env),
    cwd: process.cwd(),
    umask: process.umask(),
    arch: process.arch,
    version: process.version,
    features: process.features,
    release: process.release,
    ids: [process.getuid(), process.geteuid(), process.getgid(), process.getegid(), process.getgroups()],
    exitCode: process.exitCode ?? null,
    channel: [process.connected ?? null, process.channel ?? null, process.send ?? null],
    config: process.config,
    debugPort: process.debugPort,
    noDeprecation: process.noDeprecation ?? null,
    uncaught: process.hasUncaughtExceptionCaptureCallback(),
    sourceMaps: process.sourceMapsEnabled ?? null,
    allowedFlags: process.allowedNodeEnvironmentFlags.size,
    constrained: process.constrainedMemory(),
  }),
  "/identity": () => ({
    isOwnPid: atLoad.pidIsOwn() && Number(fs.readFileSync("/proc/self/stat", "latin1").split(" ")[0]) === process.pid,
    isOwnParent: Number(fs.readFileSync("/proc/self/stat", "latin1").split(") ")[1].split(" ")[1]) === process.ppid,
    isLeader:
      fs.readFileSync("/proc/self/stat", "latin1").split(") ")[1].split(" ").slice(2, 4).map(Number).join() ===
      `${process.pid},${process.pid}`,
    ppid: process.ppid,
  }),
  "/clock": () => ({
    uptime: process.uptime() * 1000,
    now: performance.now(),
    sinceOrigin: Date.now() - performance.timeOrigin,
    bootstrap: performance.nodeTiming.duration,
    idle: performance.eventLoopUtilization().utilization <= 1,
    cpu: process.cpuUsage().user,
    depth: depth(),
  }),
  "/modules": () => ({
    isMain: require.main === module,
    isMainModule: process.mainModule === module,
    id: module.id,
    parent: module.parent ?? null,
    paths: module.paths,
    children: module.children.map(({ id }) => id),
    cached: Object.keys(require.cache),
    extensions: Object.keys(require.extensions),
    resolved: require.resolve("./fingerprint.cjs"),
  }),
  "/listeners": () => ({
    names: process.eventNames().map(String),
    counts: process.eventNames().map((name) => process.listenerCount(name)),
    server: server.eventNames().map((name) => [String(name), server.listenerCount(name)]),
    stdout: process.stdout.eventNames().map((name) => [String(name), process.stdout.listenerCount(name)]),
    resources: process.getActiveResourcesInfo().sort(),
    handles: process
      ._getActiveHandles()
      .map((handle) => handle.constructor.name)
      .sort(),
  }),
  "/stdio": () => ({
    streams: [process.stdout, process.stderr, process.stdin].map((stream) => ({
      kind: stream.constructor.name,
      fd: stream.fd,
      isTTY: stream.isTTY ?? null,
      type: stream._type ?? null,
      highWaterMark: stream.writableHighWaterMark ?? null,
      isWritable: stream.writable ?? null,
    })),
    types: [0, 1, 2].map((fd) => fs.fstatSync(fd).mode & 0o170000),
    descriptors: fs
      .readdirSync("/proc/self/fd")
      .map((fd) => link(fd))
      .filter((to) => to !== null)
      .sort(),
  }),
  "/signals": () =>
    fs
      .readFileSync("/proc/self/status", "latin1")
      .split("\n")
      .filter((line) => /^(Sig(Blk|Ign)|ShdPnd|NoNewPrivs|Seccomp)/.test(line)),
  "/limits": () => ({
    parallelism: os.availableParallelism(),
    priority: os.getPriority(),
    limits: fs.readFileSync("/proc/self/limits", "latin1"),
    heapLimit: v8.getHeapStatistics().heap_size_limit,
    oom: fs.readFileSync("/proc/self/oom_score_adj", "latin1"),
  }),
  "/errors": () => ({
    failure: failure && { message: failure.message, code: failure.code, stack: failure.stack },
    later: errorOf(() => fs.openSync("/nowhere/at/all", "w")).stack,
    captured: errorOf(() => openSync("/nowhere/at/all", "w")).stack,
    limit: Error.stackTraceLimit,
    prepare: typeof Error.prepareStackTrace,
  }),
  "/captured": () => [openSync.name, openSync.length, Object.keys(openSync), typeof openSync.prototype],
  "/ticks": () => ({ isTicking: ticks > 0 }),
  "/warn": () => process.emitWarning("take care", { code: "TIDE001", detail: "of the tide" }),
  "/deprecated": () => new (require("node:buffer").Buffer)(1).length,
  "/large": () => void process.stdout.write(`${`${"x".repeat(1023)}\n`.repeat(1024)}the last line\n`),
  "/large-exit": () => {
    // As much as fits into the stream: Node itself would lose more.
    process.stdout.write(`${"x".repeat(1023)}\n`.repeat(100));
    process.exit(3);
  },
  "/throw": () => setImmediate(() => missing.property),
  "/reject": () => void Promise.reject(new TypeError("nobody catches it")),
  "/exit": () => setImmediate(() => process.exit(7)),
  "/abort": () => setImmediate(() => process.abort()),
  "/close": () => {
    server.close();
    process.exitCode = 5;
    server.closeIdleConnections();
    setImmediate(() => server.closeAllConnections());
  },
};

function link(fd) {
  try {
    const to = fs.readlinkSync(`/proc/self/fd/${fd}`);
    return Number(fd) < 3 || to.startsWith("anon_inode")
      ? null
      : to.replace(/\[\d+\]/, "").replace(/\/proc\/.*/, "/proc");
  } catch {
    return null;
  }
}

function depth() {
  let count = 0;
  const deeper = () => {
    count++;
    deeper();
  };
  try {
    deeper();
  } catch {
    return count;
  }
}

function errorOf(act) {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

server.listen(process.env.PORT, () => {
  console.log("listening", new Error("here").stack.split("\n").slice(0, 3).join("|"));
});
process.on("SIGHUP", (signal) => console.log("after listening:", signal));
