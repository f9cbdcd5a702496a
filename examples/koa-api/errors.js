/** Turns what a route throws, and what no route answers, into JSON. */
export async function errors(ctx, next) {
  try {
    await next();
    if (ctx.status === 404 && ctx.body === undefined) ctx.throw(404, `Nothing at ${ctx.method} ${ctx.path}`);
  } catch (error) {
    ctx.status = error.status ?? 500;
    // What is not meant for the client stays in the log.
    ctx.body = { error: error.expose ? error.message : "Something went wrong" };
    if (!error.expose) ctx.app.emit("error", error, ctx);
  }
}
