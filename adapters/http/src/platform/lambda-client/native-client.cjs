"use strict";

// In place of the compiled part of AWS's runtime client, which is only called for handlers that do not stream.
module.exports = { initializeClient() {} };
