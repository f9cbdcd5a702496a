/** A cookie as an object. Format: type declarations of `@azure/functions`, `Cookie`. */
export interface ResponseCookie {
  name: string;
  value: string;
  domain?: string;
  path?: string;
  expires?: Date;
  /** Seconds. */
  maxAge?: number;
  secure?: boolean;
  httpOnly?: boolean;
  sameSite?: "Strict" | "Lax" | "None";
}

/** The host escapes the value again when it writes the header, so an escaped one is decoded first. */
function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function setAttribute(cookie: ResponseCookie, name: string, value: string): void {
  if (name === "domain") cookie.domain = value;
  else if (name === "path") cookie.path = value;
  else if (name === "expires") cookie.expires = new Date(value);
  else if (name === "max-age") cookie.maxAge = Number(value);
  else if (name === "secure") cookie.secure = true;
  else if (name === "httponly") cookie.httpOnly = true;
  else if (name === "samesite") {
    const lower = value.toLowerCase();
    cookie.sameSite = lower === "strict" ? "Strict" : lower === "none" ? "None" : "Lax";
  }
}

/**
 * Parses the value of a `set-cookie` header (RFC 6265, 5.2). Attributes the object has no member for are dropped.
 *
 * @example
 * parseSetCookie("sid=a%3Ab; Path=/; HttpOnly"); // { name: "sid", value: "a:b", path: "/", httpOnly: true }
 */
export function parseSetCookie(header: string): ResponseCookie {
  const [pair = "", ...attributes] = header.split(";");
  const equals = pair.indexOf("=");
  const cookie: ResponseCookie = {
    name: pair.slice(0, equals).trim(),
    value: decodeValue(pair.slice(equals + 1).trim()),
  };
  for (const attribute of attributes) {
    const [name = "", ...rest] = attribute.split("=");
    setAttribute(cookie, name.trim().toLowerCase(), rest.join("=").trim());
  }
  return cookie;
}
