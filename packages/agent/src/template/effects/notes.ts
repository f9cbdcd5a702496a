const told: string[] = [];

/** Keeps something worth knowing about what the app did before its fork point. */
export function note(text: string): void {
  if (!told.includes(text)) told.push(text);
}

/** What was noted until now, in words: what the app drew at load that all its instances share, for example. */
export function notes(): string[] {
  return [...told];
}
