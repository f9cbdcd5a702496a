const { builtinModules } = require("node:module");

/** Everything a program can see of Node's own modules, the global object, `process` and `Math`: what is where and how it looks. */
exports.fingerprint = () => {
  const seen = {};
  const look = (name, object) => {
    if (object === null || (typeof object !== "object" && typeof object !== "function")) return;
    for (const key of Reflect.ownKeys(object)) {
      const path = `${name}.${String(key)}`;
      const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
      seen[path] = `${flags(descriptor)} ${sight(descriptor.value)} ${sight(descriptor.get)} ${sight(descriptor.set)}`;
      const { value } = descriptor;
      if (typeof value !== "function") continue;
      for (const own of Reflect.ownKeys(value)) {
        const inner = Reflect.getOwnPropertyDescriptor(value, own);
        if (own !== "prototype" && own !== "arguments" && own !== "caller") {
          seen[`${path}.${String(own)}`] = `${flags(inner)} ${sight(inner.value)} ${sight(inner.get)}`;
        }
      }
      if (value.prototype) {
        for (const own of Reflect.ownKeys(value.prototype)) {
          const inner = Reflect.getOwnPropertyDescriptor(value.prototype, own);
          seen[`${path}#${String(own)}`] = `${flags(inner)} ${sight(inner.value)} ${sight(inner.get)}`;
        }
      }
    }
  };
  for (const listed of builtinModules) {
    const name = listed.replace(/^node:/, "");
    // Loading these prints warnings, or is refused outside of Node itself.
    if (/^(_|sys$|punycode$|test|trace_events|wasi|inspector|ffi$)/.test(name)) continue;
    look(name, require(`node:${name}`));
  }
  look("Math", Math);
  look("globalThis", globalThis);
  look("crypto", Reflect.getPrototypeOf(globalThis.crypto));
  look("subtle", Reflect.getPrototypeOf(globalThis.crypto.subtle));
  return seen;
};

function flags({ configurable, enumerable, writable }) {
  return `${configurable ? "c" : "-"}${enumerable ? "e" : "-"}${writable ? "w" : "-"}`;
}

function sight(value) {
  if (typeof value !== "function") return typeof value;
  return `function ${value.name}/${value.length} ${Function.prototype.toString.call(value).length}`;
}
