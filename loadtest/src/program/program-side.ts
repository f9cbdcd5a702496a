/** Tells the parent where this program listens. */
export function sendListening(url: string): void {
  process.send?.({ type: "listening", url });
}

/** Ends this program when asked, and with its parent, also when that is killed; `stop` runs before. */
export function endWithParent(stop: () => Promise<void> = async () => undefined): void {
  const end = () => void stop().finally(() => process.exit());
  process.once("SIGTERM", end);
  process.once("disconnect", end);
}

/** Lets `exit` listeners, which end child processes, run when a signal ends this process. */
export function exitOnSignals(): void {
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}
