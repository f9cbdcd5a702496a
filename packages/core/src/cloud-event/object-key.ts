/**
 * Decodes an object's key as S3 notifications write it: as a form does, with `+` for a space.
 *
 * @returns the key; as it came when it is not encoded so
 *
 * @example
 * decodeFormKey("in/2026+report%281%29.csv"); // "in/2026 report(1).csv"
 */
export function decodeFormKey(key: string): string {
  return decodeOrKeep(key.replaceAll("+", " "), key);
}

/**
 * Takes the object's key out of Tencent's `/<appid>/<bucket>/<object>`, and decodes it.
 *
 * @example
 * decodeCosKey("/1250000000/inbox/in/report.csv"); // "in/report.csv"
 */
export function decodeCosKey(key: string): string {
  const object = /^\/[^/]*\/[^/]*\/(.*)$/s.exec(key)?.[1] ?? key;
  return decodeOrKeep(object, object);
}

function decodeOrKeep(encoded: string, original: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return original;
  }
}
