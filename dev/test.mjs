import { enter } from "./bootstrap.mjs";

await enter("test", process.argv.slice(2));
