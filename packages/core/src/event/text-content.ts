const TEXT_TYPE: RegExp =
  /^(?:text\/|application\/(?:json|javascript|ecmascript|xml|x-www-form-urlencoded|graphql|x-ndjson|jsonl?|yaml|toml|x-sh)\b|[^;]+\+(?:json|xml|text|yaml)\b)/i;
const CHARSET: RegExp = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

/** What a response's headers say about its body: bytes of text, bytes of something else, or nothing. */
export type ContentClass = "text" | "binary" | "unknown";

/**
 * Decides from the headers whether a body may travel as text inside JSON.
 *
 * Text in another charset than UTF-8 counts as binary: JSON would re-encode it. So does a compressed body.
 *
 * @param contentType value of `content-type`
 * @param contentEncoding value of `content-encoding`
 * @returns `unknown` when there is no content type, then the bytes have to decide
 */
export function classifyContent(contentType: string | undefined, contentEncoding: string | undefined): ContentClass {
  if (contentEncoding !== undefined && contentEncoding !== "" && contentEncoding.toLowerCase() !== "identity") {
    return "binary";
  }
  if (contentType === undefined || contentType === "") return "unknown";
  if (!TEXT_TYPE.test(contentType)) return "binary";
  const charset = CHARSET.exec(contentType)?.[1]?.toLowerCase();
  return charset === undefined || charset === "utf-8" || charset === "utf8" || charset === "us-ascii"
    ? "text"
    : "binary";
}
