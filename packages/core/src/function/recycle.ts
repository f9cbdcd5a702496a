/** When an instance that works is replaced by a new one, without a lost request. 0 each: never. */
export interface RecycleConfig {
  /** After so many invocations. */
  readonly afterInvocations: number;
  /** At this age, in milliseconds. */
  readonly afterMs: number;
  /** Above this resident memory, in bytes. */
  readonly aboveMemoryBytes: number;
}

/** What a function gets when it says nothing: instances live as long as they are wanted. */
export const recycleDefaults: RecycleConfig = { afterInvocations: 0, afterMs: 0, aboveMemoryBytes: 0 };
