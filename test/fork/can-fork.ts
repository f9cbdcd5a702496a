/** Whether instances can be forked where the tests run. A Linux where they cannot be makes the tests fail, not skip. */
export const canFork: boolean = process.platform === "linux" && process.env.TIDEGATE_FORK !== "off";
