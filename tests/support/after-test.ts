const tasks: (() => void | Promise<void>)[] = [];

/** Does this after the test that is running, before what was asked for earlier. */
export function afterTest(task: () => void | Promise<void>): void {
  tasks.push(task);
}

/** What tests/setup.ts does after each test. */
export async function cleanUp(): Promise<void> {
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) await task();
}
