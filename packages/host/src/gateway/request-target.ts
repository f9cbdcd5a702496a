/** Where a request goes. */
export interface RequestPlace {
  /** Target in the form a server gets it: path and query, or `*` (RFC 9112, 3.2.1 and 3.2.4). */
  readonly target: string;
  /** Path without query, for routing. */
  readonly path: string;
  /** Host and port as the client named them; empty in an HTTP/1.0 request without. */
  readonly host: string;
}

const absolute = /^https?:\/\/([^/?]+)(.*)$/i;

/** `uri-host [ ":" port ]` (RFC 9110, 7.2), with the names and addresses of RFC 3986, 3.2.2. */
const authority =
  /^(?:\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::(\d{0,5}))?$/;

/** Nearly all of them, told without a look at their parts. */
const commonAuthority = /^[A-Za-z0-9.-]+(?::\d{1,4})?$/;

/**
 * Reads where a request goes. The authority of an absolute URL takes the place of `Host` (RFC 9112, 3.2.2), so that no
 * app can take one for the other.
 *
 * @param host value of `Host`; empty without
 * @returns why it is refused, where it is
 */
export function readRequestTarget(method: string, target: string, host: string): RequestPlace | string {
  // Some parsers end the path there, others do not; a request has no fragment (RFC 9112, 3.2).
  if (target.includes("#")) return "the request target has a fragment";
  if (target.startsWith("/"))
    return isAuthority(host) ? { target, path: pathOf(target), host } : "the Host is malformed";
  if (target === "*" && method === "OPTIONS")
    return isAuthority(host) ? { target, path: "/", host } : "the Host is malformed";
  const [, named, rest = ""] = absolute.exec(target) ?? [];
  if (named === undefined) return "the request target is neither a path nor an absolute URL";
  if (!isAuthority(named)) return "the authority of the request target is malformed";
  // A Host that is overridden must be one all the same.
  if (!isAuthority(host)) return "the Host is malformed";
  if (rest === "" && method === "OPTIONS") return { target: "*", path: "/", host: named };
  const relative = rest.startsWith("/") ? rest : `/${rest}`;
  return { target: relative, path: pathOf(relative), host: named };
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

function isAuthority(text: string): boolean {
  if (commonAuthority.test(text)) return true;
  const match = authority.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}
