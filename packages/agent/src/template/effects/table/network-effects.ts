import type { EffectRow } from "../effect-row.ts";
import { isNode } from "../harmless-callers.ts";
import {
  addressWords,
  descriptorWords,
  firstText,
  isInputDescriptor,
  isName,
  leavesProcess,
  opensDescriptor,
  targetWords,
} from "./network-arguments.ts";

const records = ["Any", "4", "6", "Caa", "Cname", "Mx", "Naptr", "Ns", "Ptr", "Soa", "Srv", "Tlsa", "Txt"];
const queries = ["resolve", "reverse", ...records.map((record) => `resolve${record}`)];
const lookups = ["lookup", "lookupService", ...queries];
/** They make the resolver, which draws the random numbers its queries are known by. */
const settings = ["getServers", "setServers"];

/**
 * The network. Every client of Node (http, https, http2, tls, fetch, WebSocket) connects by `net.Socket`. Servers are not
 * here: a template lets them listen in its own way (`deferred-server.ts`).
 */
export const networkEffects: readonly EffectRow[] = [
  { effect: "connect", of: "node:net Socket.prototype", names: ["connect"], what: targetWords },
  { effect: "connect", of: "globalThis", names: ["fetch"], when: leavesProcess, what: addressWords },
  {
    effect: "read-device",
    of: "node:net",
    names: ["Socket", "Stream"],
    kind: "class",
    when: opensDescriptor,
    what: descriptorWords,
    // Node itself makes `process.stdin` so, for whoever imports "node:process".
    spare: isNode,
  },
  {
    effect: "read-device",
    of: "node:tty",
    names: ["ReadStream"],
    kind: "class",
    when: isInputDescriptor,
    spare: isNode,
  },
  { effect: "listen", of: "node:net", names: ["BoundSocket"], kind: "class", what: targetWords },
  { effect: "listen", of: "node:net", names: ["_createServerHandle"], what: ([address]) => firstText([address]) },
  {
    effect: "datagram",
    of: "node:dgram Socket.prototype",
    names: [
      ...["bind", "bindSync", "connect", "connectSync", "send", "sendto"],
      ...["addMembership", "addSourceSpecificMembership", "dropMembership", "dropSourceSpecificMembership"],
    ],
    what: targetWords,
  },
  { effect: "dns", of: "node:dns", names: ["lookup"], when: isName, what: firstText },
  { effect: "dns", of: "node:dns/promises", names: ["lookup"], when: isName, what: firstText },
  { effect: "dns", of: "node:dns", names: [...lookups.slice(1), ...settings], what: firstText },
  { effect: "dns", of: "node:dns/promises", names: [...lookups.slice(1), ...settings], what: firstText },
  { effect: "dns", of: "node:dns", names: ["Resolver"], kind: "class" },
  { effect: "dns", of: "node:dns/promises", names: ["Resolver"], kind: "class" },
];
