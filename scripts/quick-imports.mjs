// Loaded before the server: halves the time of its start.
//
// For each file of an ES module package Node asks the package's package.json whether it is one, and reads its `exports`
// with it. The query builder's are 178 KB, and it has some hundred files: 0.7 s of parsing the same text. Its relative
// imports name files of the same package that are ES modules, so they need not be looked up.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const inside = specifier.startsWith(".") && context.parentURL?.includes("/node_modules/drizzle-orm/");
    return inside && specifier.endsWith(".js")
      ? { url: new URL(specifier, context.parentURL).href, format: "module", shortCircuit: true }
      : next(specifier, context);
  },
});
