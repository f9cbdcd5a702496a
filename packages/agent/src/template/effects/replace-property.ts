/**
 * Replaces a property of an object that is not ours, and leaves alone what cannot be replaced.
 *
 * @param ours what is different about the property: its value or getter
 * @returns puts the property back as it was, unless somebody has replaced it since: then theirs stays and calls ours
 */
export function replaceProperty(holder: object, name: PropertyKey, ours: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  if (before === undefined || !isReplaceable(before, ours)) return () => {};
  const flags = { enumerable: before.enumerable === true, configurable: before.configurable === true };
  const after: PropertyDescriptor = "get" in ours ? { ...setterOf(before), ...ours, ...flags } : { ...before, ...ours };
  Object.defineProperty(holder, name, after);
  return () => {
    const now = Object.getOwnPropertyDescriptor(holder, name);
    if (now !== undefined && now.value === after.value && now.get === after.get)
      Object.defineProperty(holder, name, before);
  };
}

function setterOf({ set }: PropertyDescriptor): PropertyDescriptor {
  return set === undefined ? {} : { set };
}

function isReplaceable(before: PropertyDescriptor, ours: PropertyDescriptor): boolean {
  return before.configurable === true || (before.writable === true && "value" in ours);
}
