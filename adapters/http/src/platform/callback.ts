/** Node's way to take a result: the error first, and no value with one. */
export type Callback = (error: unknown, value?: unknown) => void;

/** Vendors whose documented handler takes `(event, context, callback)`; elsewhere the callback is left alone. */
const CALLBACK_VENDORS: RegExp = /^(?:alibaba|huawei)-/;

/** Tells whether a handler's third argument is to be called, by the name of the event's source. */
export function takesCallback(callback: unknown, source: string): callback is Callback {
  return typeof callback === "function" && CALLBACK_VENDORS.test(source);
}

/**
 * Hands an answer to a platform's callback as well. A callback that throws is reported: nobody is left to tell, and the
 * rejection would end the process, with whatever else it is answering.
 *
 * @returns resolves when the callback was called; never rejects
 */
export function callBack(callback: Callback, answer: Promise<unknown>): Promise<void> {
  return answer
    .then(
      (value) => callback(null, value),
      (error: unknown) => callback(error),
    )
    .catch((error: unknown) => console.error("Cannot hand the answer to the platform: its callback threw", error));
}
