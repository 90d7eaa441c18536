// Node 24 runs TypeScript as it is; child processes, not worker threads, so that a test may change its process.
export default {
  extensions: ["ts"],
  workerThreads: false,
  files: ["**/test/**/*.test.ts", "e2e/**/*.test.ts", "!dev/fixtures/**"],
  timeout: "60s",
};
