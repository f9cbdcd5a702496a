type WithoutUnset<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** With `exactOptionalPropertyTypes` a setting that is not there differs from one that is undefined. */
export function withoutUnset<T extends object>(settings: T): WithoutUnset<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as WithoutUnset<T>;
}
