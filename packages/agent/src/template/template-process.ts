import type { Server as HttpServer } from "node:http";
import * as nodeModule from "node:module";
import { effectDoes, type WarmUpResult } from "@tidegate/core";
import { type AskedAddress, askedPort } from "../asked-address.ts";
import { keepCompiledCode } from "../compiled-code.ts";
import { becomeInstance, type Instance, serveExports } from "../instance.ts";
import { exposeYoungCollector } from "./collect-garbage.ts";
import { DeferredServer } from "./deferred-server.ts";
import { compileEagerly } from "./eager-compilation.ts";
import { locate } from "./effects/code-place.ts";
import { type InstalledEffects, installEffects } from "./effects/install-effects.ts";
import { restoreRandom } from "./effects/math-random.ts";
import { notes } from "./effects/notes.ts";
import type { ReachedEffect } from "./effects/reached-effect.ts";
import { callForkCallbacks } from "./fork-callbacks.ts";
import type { TemplateForking } from "./forking.ts";
import { type NaturalEnd, watchNaturalEnd } from "./natural-end.ts";
import { awaitThreadNames } from "./new-threads.ts";
import { steadyNow } from "./repairs/clock.ts";
import { ownProcessId, repairProcessId } from "./repairs/process-id.ts";
import { prepareRepairs, type Repairs } from "./repairs/repairs.ts";
import { whenAtRest, whenWaiting } from "./rest.ts";
import { type Baseline, takeBaseline } from "./surprises/baseline.ts";
import { findSurprises } from "./surprises/find-surprises.ts";
import { endChild, endTemplate, tellHost } from "./template-channel.ts";
import type { ForkOrder, ForkSeed, TemplateEnvironment, TemplateMessage } from "./template-environment.ts";
import { warmUp } from "./warm-up.ts";

const { setImmediate: onNextTurn } = globalThis;

/** A template on its way to its fork point, and a child of it from there on. */
export class TemplateProcess {
  readonly #environment: TemplateEnvironment;
  readonly #forking: TemplateForking;
  readonly #baseline: Baseline;
  readonly #repairs: Repairs;
  readonly #server: DeferredServer;
  readonly #end: NaturalEnd;
  readonly #effects: InstalledEffects;
  readonly #collectYoung = exposeYoungCollector();
  readonly #compileLazily: () => void;
  readonly #stopWaiting: () => void;
  readonly #startedAt: number;
  /** How long loading took, once it is known. */
  #loadMs: number | null = null;
  /** Where the app listened. */
  #listen: ReachedEffect | null = null;
  /** The warm-up request that is being asked, by its index. */
  #asked: number | null = null;
  #warmUp: WarmUpResult;
  #isParked = false;
  /** Set in a child. */
  #instance: Instance | null = null;

  /** Watches the program from now on: nothing of the app has run yet. */
  constructor(environment: TemplateEnvironment, forking: TemplateForking) {
    this.#environment = environment;
    this.#forking = forking;
    this.#warmUp = { asked: environment.warmUp.length, done: 0, leftOut: null };
    this.#baseline = takeBaseline();
    this.#repairs = prepareRepairs();
    this.#server = new DeferredServer({
      port: environment.port,
      onAsked: (asked) => {
        this.#listen = listenEffect(asked);
      },
      onDeferred: () => this.#onDeferred(),
      onListen: (asked) => this.#reach(listenEffect(asked)),
    });
    this.#end = watchNaturalEnd(forking, () => this.#reach({ effect: "end", what: null, place: null, via: null }));
    this.#effects = installEffects({ onEffect: (effect) => this.#reach(effect) });
    this.#stopWaiting = whenWaiting(forking, () => this.#reach({ effect: "wait", what: null, place: null, via: null }));
    onNextTurn(() => void this.#serveExports());
    this.#compileLazily = compileEagerly();
    if (environment.compileCache !== null) nodeModule.enableCompileCache(environment.compileCache);
    this.#startedAt = steadyNow();
  }

  async #serveExports(): Promise<void> {
    await serveExports({
      hasServer: () => this.#instance?.capture.hasServer() ?? this.#server.hasServer(),
      serveExported: (server) => {
        if (this.#instance !== null) return this.#instance.capture.serveExported(server);
        const asked = askedPort(this.#environment.port);
        this.#listen = listenEffect(asked);
        this.#server.defer(server, asked, true);
      },
    });
  }

  #onDeferred(): void {
    this.#stopWaiting();
    whenAtRest(this.#forking, () => {
      if (this.#isParked) return;
      this.#loadMs = steadyNow() - this.#startedAt;
      void this.#warmUpAndPark();
    });
  }

  async #warmUpAndPark(): Promise<void> {
    const server = this.#server.current;
    const { warmUp: paths } = this.#environment;
    if (server !== null && paths.length > 0) {
      if (server.protocol === "http1") await this.#askAll(server.server as HttpServer);
      else this.#warmUp = { ...this.#warmUp, leftOut: "its server speaks HTTP/2" };
    }
    whenAtRest(this.#forking, () => this.#parkAtRest());
  }

  async #askAll(server: HttpServer): Promise<void> {
    const { warmUp: paths } = this.#environment;
    try {
      await warmUp({ forking: this.#forking, server, paths, onAsk: (index) => (this.#asked = index) });
    } catch (error) {
      this.#giveUpWarmUp(`it failed: ${(error as Error).message}`, null);
    }
    this.#asked = null;
    this.#warmUp = { ...this.#warmUp, done: paths.length };
  }

  #parkAtRest(): void {
    if (this.#isParked || this.#listen === null) return;
    this.#forkHere(this.#listen, true);
  }

  /** The app is about to do this. Returns in children only. */
  #reach(effect: ReachedEffect): void {
    if (this.#isParked) return;
    if (this.#asked !== null) this.#giveUpWarmUp(`it ${describe(effect)}`, effect.place);
    this.#forkHere(effect, false);
  }

  /** Returns in children only, when they are wanted as instances. */
  #forkHere(effect: ReachedEffect, isAtRest: boolean): void {
    const template = ownProcessId();
    try {
      this.#becomeInstance(this.#park(effect), isAtRest);
    } catch (error) {
      // It must not reach the app, which would take it for an error of what it is about to do.
      if (ownProcessId() !== template) endChild(error as Error);
      this.#giveUp({ reason: `it cannot be parked: ${(error as Error).message}`, place: effect.place, warmUp: null });
    }
  }

  /** Waits for orders, from here on for ever; returns in children only, with what repairs their time. */
  #park(effect: ReachedEffect): () => void {
    const { controlFd, compileCache } = this.#environment;
    const loadMs = this.#loadMs ?? steadyNow() - this.#startedAt;
    this.#stopWaiting();
    if (compileCache !== null) nodeModule.flushCompileCache();
    awaitThreadNames(this.#baseline.threads);
    this.#forking.drainPool();
    const { unfit, reopen } = findSurprises(this.#baseline);
    if (unfit !== null) this.#giveUp({ reason: unfit, place: effect.place, warmUp: null });
    // No code of the app runs in this process any more: what children have to find is prepared here, for all of them.
    this.#isParked = true;
    this.#compileLazily();
    this.#effects.restore();
    this.#end.takeOver();
    const repairTime = this.#repairs.hold();
    repairProcessId();
    this.#collectYoung();
    const point = { ...effect, loadMs, warmUp: this.#warmUpResult(), notes: notes() };
    tellHost(controlFd, { type: "parked", point });
    const { seed } = JSON.parse(this.#forking.serveForks(controlFd)) as ForkSeed;
    repairProcessId();
    restoreRandom(seed);
    for (const descriptor of reopen) this.#forking.reopen(descriptor);
    return repairTime;
  }

  /** Prepares this child to be an instance, waits until it is wanted as one, and goes on. */
  #becomeInstance(repairTime: () => void, isAtRest: boolean): void {
    const { controlFd, port } = this.#environment;
    let socket = "";
    const instance = becomeInstance({ socket: () => socket, port, controlFd, original: this.#server.original });
    this.#instance = instance;
    this.#server.release(instance.capture);
    const order = JSON.parse(this.#forking.hold(controlFd)) as ForkOrder;
    socket = order.environment.socket;
    repairTime();
    callForkCallbacks();
    if (!isAtRest && order.environment.compileCache !== null) keepCompiledCode();
    const deferred = this.#server.current;
    if (deferred === null || !this.#server.listenIn(instance.capture)) return;
    // Nothing that the app is about to do could keep it from answering, where it was at rest.
    if (isAtRest) instance.tellReady(deferred.protocol);
    else onNextTurn(() => deferred.server.listening && instance.tellReady(deferred.protocol));
  }

  #warmUpResult(): WarmUpResult {
    const { asked, done, leftOut } = this.#warmUp;
    if (done === asked || leftOut !== null) return this.#warmUp;
    return { asked, done, leftOut: "the app came to an effect before it was ready for them" };
  }

  #giveUpWarmUp(reason: string, place: ReachedEffect["place"]): never {
    const index = this.#asked ?? 0;
    const path = this.#environment.warmUp[index] ?? "";
    return this.#giveUp({ reason: `warm-up request "${path}": ${reason}`, place, warmUp: { path, index, reason } });
  }

  #giveUp(why: Omit<Unfit, "type">): never {
    try {
      tellHost(this.#environment.controlFd, { type: "unfit", ...why });
    } finally {
      endTemplate(); // also where the app has closed the stream: it must not go on here
    }
  }
}

type Unfit = Extract<TemplateMessage, { readonly type: "unfit" }>;

function listenEffect(asked: AskedAddress): ReachedEffect {
  const { place, via } = locate();
  return { effect: "listen", what: asked.port > 0 ? `port ${asked.port}` : "any port", place, via };
}

function describe({ effect, what }: ReachedEffect): string {
  return what === null ? effectDoes[effect] : `${effectDoes[effect]} (${what})`;
}
