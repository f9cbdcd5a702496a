/**
 * Children and worker threads that the app starts inherit `execArgv`, and apps may read it: what makes this process a template is
 * ours. It stands first, up to our own `--require`.
 */
export function hideFromApp(): void {
  process.execArgv.splice(0, process.execArgv.indexOf("--require") + 2);
}
