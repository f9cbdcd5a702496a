/** Tells the parent where this program listens. */
export function sendListening(url: string): void {
  process.send?.({ type: "listening", url });
}

/** Ends this program with its parent, also when that is killed. */
export function endWithParent(): void {
  process.once("disconnect", () => process.exit());
}
