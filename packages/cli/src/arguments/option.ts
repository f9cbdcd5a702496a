/** One option of a command, `--name`. */
export interface Option {
  /**
   * flag: `--name`; value: `--name X` or `--name=X`; optional-value: `--name` or `--name=X`; values: as value, and may be
   * repeated: `--name X --name Y` is `--name X,Y`.
   */
  readonly kind: "flag" | "value" | "optional-value" | "values";
  /** What stands for the value in help, such as "N". Default for those with a value: "VALUE". */
  readonly value?: string;
  readonly description: string;
  /** What applies without the option, in words. */
  readonly default?: string;
}

/** Options of a command, by name without the dashes. */
export type Options = Readonly<Record<string, Option>>;

/** Options that every command has. */
export const commonOptions: Options = {
  help: { kind: "flag", description: "Show this help" },
};
