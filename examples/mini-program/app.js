import { createApp } from "./create-app.js";
import { createLazyStore } from "./store/lazy-store.js";

const lazyStore = createLazyStore(process.env);
const stopping = new AbortController();

/** The shop with its store by environment, opened on first use: import it to serve it your own way. */
export const app = createApp({ store: lazyStore.get, env: process.env, stopping: stopping.signal });

/** Opens the store now, so that a shop without one fails at its start and not at its first customer. */
export async function open() {
  await lazyStore.get();
}

/** Ends the streams that would go on for long. */
export function endStreams() {
  stopping.abort();
}

export async function close() {
  await lazyStore.close();
}
