import "reflect-metadata";
import { Controller, Get, Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { answer } from "./contract.cjs";

// Decorators as a compiler applies them.
class Tides {
  next() {
    return "high water at noon";
  }
}
Injectable()(Tides);

class Root {
  constructor(tides) {
    this.tides = tides;
  }

  show() {
    return answer({}, { tide: this.tides.next() });
  }
}
Reflect.defineMetadata("design:paramtypes", [Tides], Root);
Get()(Root.prototype, "show", Object.getOwnPropertyDescriptor(Root.prototype, "show"));
Controller()(Root);

class App {}
Module({ controllers: [Root], providers: [Tides] })(App);

const app = await NestFactory.create(App, { logger: ["error"] });
await app.listen(process.env.PORT);
