import { type EventKind, eventKinds, TidegateError } from "@tidegate/core";
import type { Invocation } from "../invocation.ts";
import type { TriggerEvent } from "./trigger-event.ts";

/**
 * What is called with an event in place of the app. It is done when what it returns is; to throw or reject means that
 * the event failed, and the platform will try again.
 */
export type EventFunction = (event: TriggerEvent, invocation: Invocation) => unknown;

// Of the process, found by name: the app's copy of this package may be another than that of the handler.
const FUNCTIONS: unique symbol = Symbol.for("tidegate.eventFunctions");

interface Shared {
  [FUNCTIONS]?: Map<string, EventFunction>;
}

function openFunctions(): Map<string, EventFunction> {
  const shared = globalThis as Shared;
  shared[FUNCTIONS] ??= new Map();
  return shared[FUNCTIONS];
}

function invalid(state: string): TidegateError {
  return new TidegateError("TIDEGATE_EVENT_FUNCTION_INVALID", `Cannot register a function for events: ${state}`);
}

/** How kinds are spelled, and hardly any type: those have a dot, a colon, a space or capitals. */
const KIND_FORM: RegExp = /^[a-z0-9_-]+$/;

/** Tells whether a name must be meant for a kind there is not: it would wait for events for ever. */
function isMistyped(name: string): boolean {
  return KIND_FORM.test(name) && !eventKinds.some((kind) => kind === name);
}

/**
 * Registers a function for events that are no HTTP request. It is called in place of `POST /events/<kind>`.
 *
 * @param name a kind such as `timer`; a CloudEvents type such as `com.amazonaws.s3.ObjectCreated:Put`; the beginning of
 *   types, ending in `*`; or `*` for all. A whole type goes before a kind, and that before the longest beginning.
 *   `invoke` takes direct invocations with a payload of any form, and what it returns is their answer.
 * @param run see {@link EventFunction}
 * @returns takes the function back
 * @throws TIDEGATE_EVENT_FUNCTION_INVALID when the name is empty, has a function already, or is one word in lower case
 *   and no kind (a type of that form is registered with a `*` at its end), or `run` is none
 *
 * @example
 * onEvent("timer", async (event) => cleanUp(event.subject));
 * onEvent("com.amazonaws.s3.ObjectCreated:*", (event) => makeThumbnail(event.subject));
 */
export function onEvent(name: EventKind | (string & {}), run: EventFunction): () => void {
  if (typeof name !== "string" || name === "") throw invalid("its name is no text");
  if (typeof run !== "function") throw invalid(`expected a function for "${name}", found ${typeof run}`);
  if (isMistyped(name)) throw invalid(`"${name}" is none of the kinds ${eventKinds.join(", ")}`);
  const functions = openFunctions();
  if (functions.has(name)) throw invalid(`"${name}" has one already`);
  functions.set(name, run);
  return () => {
    if (functions.get(name) === run) functions.delete(name);
  };
}

/** Finds the function for an event, if there is one. */
export function findEventFunction(kind: EventKind, type: string): EventFunction | undefined {
  const functions = openFunctions();
  const exact = functions.get(type) ?? functions.get(kind);
  // A payload of unknown form goes only to who asked for it.
  if (exact !== undefined || functions.size === 0 || kind === "invoke") return exact;
  let longest = "";
  for (const name of functions.keys()) {
    if (name.length > longest.length && name.endsWith("*") && type.startsWith(name.slice(0, -1))) longest = name;
  }
  return functions.get(longest);
}
