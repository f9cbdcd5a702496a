// Prints how long the import of one module takes in a process that has imported nothing else, in milliseconds.
const started = performance.now();
await import(process.argv[2] ?? "");
console.log(performance.now() - started);
