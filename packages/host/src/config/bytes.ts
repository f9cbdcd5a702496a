/** A number with a unit of powers of 1024. */
export const bytesPattern: RegExp = /^(\d+(?:\.\d+)?) ?(b|kb|mb|gb|tb|k|m|g|t|kib|mib|gib|tib)?$/i;

const exponents: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 };

/**
 * Reads a size such as `10mb`; a number is bytes.
 *
 * @returns whole bytes, rounded; null when it is none, or too large to count exactly
 */
export function parseBytes(value: number | string): number | null {
  const [, number = "", unit = ""] = bytesPattern.exec(String(value)) ?? [];
  if (number === "") return null;
  const size = Math.round(Number(number) * 1024 ** (exponents[unit.charAt(0).toLowerCase()] ?? 0));
  return Number.isSafeInteger(size) ? size : null;
}
