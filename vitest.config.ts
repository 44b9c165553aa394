import { defineConfig } from 'vitest/config';

const inCi = process.env['CI'] === 'true';

export default defineConfig({
  test: {
    // Two cores: real child programs and a browser beside the tests need the other one.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: inCi ? ['default', './scripts/ci-reporter.ts'] : ['default'],
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: ['runner/{contract,launch}/**/*.test.ts', 'ui/src/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'runner',
          include: ['runner/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['runner/{contract,launch,e2e}/**', 'node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['runner/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          // A page loads as fast as the machine lets it; a second, vitest's own limit, is not always enough beside other work.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
