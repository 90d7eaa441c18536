import { enter } from "./bootstrap.mjs";

await enter("start", process.argv.slice(2));
