const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF: ReadonlyMap<string, number> = new Map([...ALPHABET].map((char, value) => [char, value]));

/**
 * Decodes base64 (RFC 4648, 4) to bytes. Meant for keys of a few bytes; bodies are decoded by the platform.
 *
 * @returns `undefined` when the text is no base64
 */
export function decodeBase64(text: string): number[] | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const char of text.replace(/={1,2}$/, "")) {
    const value = VALUE_OF.get(char);
    if (value === undefined) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  return bytes;
}

/**
 * Decodes bytes of UTF-8. Bytes may be signed, as Java writes them.
 *
 * @returns `undefined` when they are no UTF-8
 */
export function decodeUtf8(bytes: readonly unknown[]): string | undefined {
  let escaped = "";
  for (const byte of bytes) {
    if (typeof byte !== "number" || !Number.isInteger(byte) || byte < -128 || byte > 255) return undefined;
    escaped += `%${(byte & 0xff).toString(16).padStart(2, "0")}`;
  }
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}
