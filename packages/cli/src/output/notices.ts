/** Problems that nobody has to mend: all is served, only not in the quickest way. They are told calmly. */
export const notices: ReadonlySet<string> = new Set(["TIDEGATE_FORK_UNFIT", "TIDEGATE_FORK_ABANDONED"]);
