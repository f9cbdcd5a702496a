const SIGNATURES = [
  ["image/png", (bytes) => bytes.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex"))],
  ["image/jpeg", (bytes) => bytes.subarray(0, 3).equals(Buffer.from("ffd8ff", "hex"))],
  ["image/gif", (bytes) => /^GIF8[79]a/.test(bytes.toString("latin1", 0, 6))],
  ["image/webp", (bytes) => /^RIFF.{4}WEBP/s.test(bytes.toString("latin1", 0, 12))],
];

/** The image's media type by its first bytes, whatever the client calls it; undefined for anything else. */
export function imageType(bytes) {
  return SIGNATURES.find(([, matches]) => matches(bytes))?.[0];
}
