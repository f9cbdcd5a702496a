// Also matches "json-seq", "xml-dtd" and the like, which are text as well.
const TEXT_TYPE: RegExp =
  /^(?:text\/|application\/(?:json5?|jsonl|javascript|x-javascript|ecmascript|typescript|xml|x-www-form-urlencoded|graphql|x-ndjson|ndjson|yaml|x-yaml|toml|sql|x-sh|x-httpd-php)\b|[^;\s]+\+(?:json|xml|text|yaml)\s*(?:;|$))/i;
const CHARSET: RegExp = /;\s*charset\s*=\s*"?([^\s;"]+)/i;
const UTF8_NAMES: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);

/** Most types kept in {@link CLASSES}; an app may make types up, `multipart/form-data; boundary=...`. */
const MOST_TYPES = 64;
/** Classes of the few content types an app sends, as two regular expressions a response are not free. */
const CLASSES: Map<string, ContentClass> = new Map();

/** What a response's headers say about its body: bytes of text, bytes of something else, or nothing. */
export type ContentClass = "text" | "binary" | "unknown";

/**
 * Decides from the headers whether a body may travel as text inside JSON.
 *
 * Text in another charset than UTF-8 counts as binary: JSON would re-encode it. So does a compressed body. Text goes
 * without base64 as API Gateway decodes that only for the media types it is told are binary; whether the bytes are valid
 * UTF-8 has to be looked at besides.
 *
 * @param contentType value of `content-type`
 * @param contentEncoding value of `content-encoding`
 * @returns `unknown` when there is no content type, then the bytes have to decide
 */
export function classifyContent(contentType: string | undefined, contentEncoding: string | undefined): ContentClass {
  if (contentEncoding !== undefined && contentEncoding !== "" && !isIdentity(contentEncoding)) return "binary";
  if (contentType === undefined || contentType === "") return "unknown";
  let content = CLASSES.get(contentType);
  if (content === undefined) {
    content = classifyType(contentType);
    if (CLASSES.size >= MOST_TYPES) CLASSES.clear();
    CLASSES.set(contentType, content);
  }
  return content;
}

/** RFC 9110, 12.5.3: "identity" is no encoding; several codings are a list. */
function isIdentity(contentEncoding: string): boolean {
  return contentEncoding.split(",").every((coding) => /^\s*(?:identity)?\s*$/i.test(coding));
}

function classifyType(contentType: string): ContentClass {
  if (!TEXT_TYPE.test(contentType.trimStart())) return "binary";
  const charset = CHARSET.exec(contentType)?.[1];
  return charset === undefined || UTF8_NAMES.has(charset.toLowerCase()) ? "text" : "binary";
}
