// Node 24 runs TypeScript as it is; child processes, not worker threads, so that a test may change its process.
export default {
  extensions: ["ts"],
  workerThreads: false,
  files: [
    "{kernel,mesh,services/*,gateway,sandbox,dev,web,process}/test/**/*.test.ts",
    "e2e/**/*.test.ts",
    "!dev/fixtures/**",
  ],
  concurrency: 2,
  timeout: "2m",
};
