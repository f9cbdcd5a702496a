/** Names of functions: as a label of a host name, so that they can stand in logs, URLs and file names. */
export const functionNamePattern: RegExp = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
