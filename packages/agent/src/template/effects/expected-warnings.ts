type Warning = Parameters<typeof process.emitWarning>;

/**
 * Warnings that Node gives when one of its experimental modules is loaded. It is loaded here to be watched, whether the app
 * uses it or not: so its warning waits until the app does.
 */
export class ExpectedWarnings {
  readonly #byModule = new Map<string, Warning[]>();

  /** Loads a module of Node; null where this version has none of that name. */
  load(name: string): object | null {
    const emit = process.emitWarning;
    const warnings: Warning[] = [];
    process.emitWarning = (...warning: unknown[]): void => void warnings.push(warning as Warning);
    try {
      return (process.getBuiltinModule(name) as object | undefined) ?? null;
    } finally {
      process.emitWarning = emit;
      if (warnings.length > 0) this.#byModule.set(name, warnings);
    }
  }

  /** Gives the warnings of a module, once. */
  tell(name: string): void {
    const warnings = this.#byModule.get(name) ?? [];
    this.#byModule.delete(name);
    for (const warning of warnings) process.emitWarning(...warning);
  }
}
