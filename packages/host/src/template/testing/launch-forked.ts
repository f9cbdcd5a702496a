import { launch as launchProcess } from "../../launcher/launch.ts";
import { launchError } from "../../launcher/launch-error.ts";
import type { Launch, Launched } from "../../launcher/launcher.ts";
import { Template } from "../template.ts";

/** Forks an instance from a template of its own, which ends when the instance is released. Never starts it as a process. */
export const launch: Launch = async (options) => {
  const { function: fn, instance, publicPort, groups = null } = options;
  const template = Template.start({ function: fn, revision: "r1", publicPort, groups });
  const loaded = await template.loaded;
  if (loaded.kind === "parked") {
    try {
      return releaseWith(await template.fork(options), template);
    } catch (cause) {
      await template.stop();
      throw launchError(instance, fn.name, cause as NodeJS.ErrnoException);
    }
  }
  await template.stop();
  // What the system refuses a template, it refuses a process, which tells it as the contract says.
  if (loaded.kind === "lost" && loaded.cause !== null) return launchProcess(options);
  throw launchError(instance, fn.name, new Error(loaded.reason));
};

function releaseWith(launched: Launched, template: Template): Launched {
  return {
    ...launched,
    release: () => {
      launched.release();
      void template.stop();
    },
  };
}
