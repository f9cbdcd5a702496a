/**
 * Splits the value of `NODE_OPTIONS` as Node does (ParseNodeOptionsEnvVar in src/node_options.cc): at spaces, but for those
 * in double quotes, within which a backslash takes the next character as it is.
 */
export function splitNodeOptions(text: string): string[] {
  const options: string[] = [];
  let option: string | null = null;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === " " && !isQuoted) {
      if (option !== null) options.push(option);
      option = null;
      continue;
    }
    option ??= "";
    if (char === '"') isQuoted = !isQuoted;
    else option += char === "\\" && isQuoted ? text.charAt(++at) : char;
  }
  if (option !== null) options.push(option);
  return options;
}

/** The name of an option without dashes in front and value: Node takes `_` for `-` in it. Null for what is no option. */
export function optionName(option: string): string | null {
  if (!option.startsWith("-") || option === "-" || option === "--") return null;
  const name = option.replace(/=.*$/s, "");
  return name.startsWith("--") ? name.slice(2).replaceAll("_", "-") : name;
}
