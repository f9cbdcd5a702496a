import type { CodePlace, ForkPoint } from "@tidegate/core";
import type { InstanceEnvironment } from "../control.ts";

/** Name of the environment variable that carries a `TemplateEnvironment` as JSON. The agent removes it at once. */
export const templateVariable = "TIDEGATE_TEMPLATE";

/** What the host tells a template before it starts. */
export interface TemplateEnvironment {
  /** Path of the native addon. */
  readonly addon: string;
  /** Descriptor of the control stream; in an instance forked from the template it has the same number. */
  readonly controlFd: number;
  /** Process id of the host: the template ends with it. */
  readonly host: number;
  /** Port that `server.address()` names, as the app would see it without Tidegate. */
  readonly port: number;
  /** Folder of V8's compile cache; null to go without. */
  readonly compileCache: string | null;
  /** Paths asked with GET before the template is parked, so that the code behind them is compiled. */
  readonly warmUp: readonly string[];
}

/** What a template tells its host. Answers to orders come from the native code, and are not among these. */
export type TemplateMessage =
  /** It waits at its fork point for orders. */
  | { readonly type: "parked"; readonly point: ForkPoint }
  /** It cannot be forked, and ends. */
  | {
      readonly type: "unfit";
      /** Why, in words. */
      readonly reason: string;
      readonly place: CodePlace | null;
      /** Set when a warm-up request is the reason: without it, and those after it, there can be a template. */
      readonly warmUp: UnfitWarmUp | null;
    };

/** The warm-up request that made a template unfit. */
export interface UnfitWarmUp {
  readonly path: string;
  /** Its place among `TemplateEnvironment.warmUp`, from 0. */
  readonly index: number;
  readonly reason: string;
}

/** What a child of a template is told when it is forked. */
export interface ForkSeed {
  /** From 1 to 2^31 - 1, another one for each child of a template. */
  readonly seed: number;
}

/** What a forked child is told when it is to become an instance. */
export interface ForkOrder {
  readonly environment: InstanceEnvironment;
}

/** Takes the template's environment out of `env`; null in a process that is no template. */
export function takeTemplateEnvironment(env: NodeJS.ProcessEnv): TemplateEnvironment | null {
  const text = env[templateVariable];
  if (text === undefined) return null;
  delete env[templateVariable];
  return JSON.parse(text) as TemplateEnvironment;
}
