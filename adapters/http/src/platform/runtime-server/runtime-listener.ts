import type { IncomingMessage, ServerResponse } from "node:http";
import type { Listener } from "../../listener.ts";
import { answerCall, answerEventCall, type EventHandler, type Outcome } from "./event-invocation.ts";
import { runListener } from "./http-invocation.ts";
import { type RuntimeCall, readRuntimeCall } from "./runtime-context.ts";
import type { RuntimePlatform } from "./runtime-platform.ts";

/** Work done when the platform asks for it. */
export interface RuntimeHooks {
  /** Before the first invocation: `/initialize` of Alibaba, `/init` of Huawei. */
  readonly initialize?: () => unknown;
  /** Before the instance is frozen: `/pre-freeze` of Alibaba FC 2. */
  readonly preFreeze?: () => unknown;
  /** Before the instance is ended: `/pre-stop` of Alibaba. */
  readonly preStop?: () => unknown;
}

/** What a server does with its requests. */
export interface RuntimeWork {
  readonly listener: Listener;
  readonly handler: EventHandler;
  /** Resolves when the app is loaded. */
  readonly load: () => unknown;
  readonly hooks: RuntimeHooks;
  /** Whether the platform sends events, where its requests do not say. */
  readonly receivesEvents: boolean;
  /** Takes the lines by which Alibaba ties logs to requests. */
  readonly log: (line: string) => void;
}

// FC documents, "Response codes and headers": without x-fc-status every answer counts as a success.
const FC_OUTCOME: Outcome = {
  success: { "x-fc-status": "200" },
  failureStatus: 404,
  failure: { "x-fc-status": "404" },
};

const OUTCOME: Outcome = { success: {}, failureStatus: 500, failure: {} };

function ignore(): void {}

/** Loads the app, then does what the user wants done before the first invocation. */
async function initialize(work: RuntimeWork): Promise<void> {
  await work.load();
  await work.hooks.initialize?.();
}

/** Alibaba says in a header what a request is. Its path says nothing: a client may ask for `/invoke` itself. */
function createFcListener(work: RuntimeWork): Listener {
  const { listener, handler, hooks, log } = work;
  const calls: ReadonlyMap<unknown, { name: string; run: () => unknown }> = new Map([
    ["/initialize", { name: "Initialize", run: () => initialize(work) }],
    ["/pre-freeze", { name: "PreFreeze", run: () => hooks.preFreeze?.() }],
    ["/pre-stop", { name: "PreStop", run: () => hooks.preStop?.() }],
  ]);
  const marked = async (name: string, id: string | undefined, run: () => Promise<boolean>): Promise<void> => {
    log(`FC ${name} Start RequestId: ${id}`);
    const isDone = await run();
    log(`FC ${name} End RequestId: ${id}${isDone ? "" : ", Error: Unhandled function error"}`);
  };
  const invokeHttp = (request: IncomingMessage, response: ServerResponse, call: RuntimeCall | undefined): void => {
    let isFailed = false;
    log(`FC Invoke Start RequestId: ${call?.requestId}`);
    response.once("close", () => {
      log(`FC Invoke End RequestId: ${call?.requestId}${isFailed ? ", Error: Unhandled function error" : ""}`);
    });
    runListener(listener, request, response, call, () => {
      isFailed = true;
      response.setHeader("x-fc-status", "404");
    });
  };
  return (request, response) => {
    const path = request.headers["x-fc-control-path"];
    const call = readRuntimeCall("alibaba-fc", request.headers);
    // Without the header it is no invocation: a health check, or somebody inside the instance.
    if (path === undefined) return runListener(listener, request, response, call, ignore);
    if (path === "/http-invoke") return invokeHttp(request, response, call);
    if (path === "/invoke") {
      return marked("Invoke", call?.requestId, () => answerEventCall(handler, request, response, call, FC_OUTCOME));
    }
    const { name, run } = calls.get(path) ?? { name: "Control", run: () => unknownPath(path) };
    request.resume();
    return marked(name, call?.requestId, () => answerCall(response, FC_OUTCOME, run));
  };
}

function unknownPath(path: string | string[]): never {
  throw new Error(`Cannot answer the platform: x-fc-control-path is "${path}"`);
}

/** Tencent's and Huawei's event functions call fixed paths, and nobody but the platform can call them. */
function createEventListener(work: RuntimeWork, platform: RuntimePlatform, eventPath: string): Listener {
  const { listener, handler } = work;
  return (request, response) => {
    const call = readRuntimeCall(platform, request.headers);
    if (request.method === "POST" && request.url === eventPath) {
      return answerEventCall(handler, request, response, call, OUTCOME);
    }
    if (request.method === "POST" && request.url === "/init" && platform === "huawei-functiongraph") {
      request.resume();
      return answerCall(response, OUTCOME, () => initialize(work));
    }
    return runListener(listener, request, response, call, ignore);
  };
}

/** Makes the listener of a server that a platform forwards to. */
export function createRuntimeListener(platform: RuntimePlatform, work: RuntimeWork): Listener {
  if (platform === "alibaba-fc") return createFcListener(work);
  if (work.receivesEvents && platform === "tencent-scf") return createEventListener(work, platform, "/event-invoke");
  if (work.receivesEvents && platform === "huawei-functiongraph") return createEventListener(work, platform, "/invoke");
  return (request, response) => {
    runListener(work.listener, request, response, readRuntimeCall(platform, request.headers), ignore);
  };
}
