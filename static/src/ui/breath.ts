/** Ends the task that runs: a press, a key or a paint that waits for it comes first. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
