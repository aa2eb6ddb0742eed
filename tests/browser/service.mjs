/**
 * A service of a test's own, where that of the others will not do: it is written to, or configured in another way. The binary is the
 * debug build or what LANGXANH_BIN names.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { skip as noBrowser } from './browser.mjs';

export const binary = process.env.LANGXANH_BIN ?? fileURLToPath(new URL('../../target/debug/langxanh', import.meta.url));

/** Why no such service can be tried in a browser here, or false. */
export const skip = noBrowser || (existsSync(binary) ? false : `SKIPPED: no binary at ${binary}; build it or set LANGXANH_BIN`);

/** Starts the service on a free port and waits until it is ready; `more` are further arguments. */
export async function start(store, more = []) {
  const child = spawn(binary, ['serve', '--store', store, '--listen', '127.0.0.1:0', ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line');
  const base = new URL(`${line.replace('listening on ', '')}/`);
  for (let i = 0; i < 600; i++) {
    const ready = await fetch(new URL('readyz', base)).then(({ ok }) => ok, () => false);
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const stop = async () => {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { base, stop };
}
