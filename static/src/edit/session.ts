/** The token that a person signed in with: kept for the tab or, when asked to, on the device. It goes nowhere but to our own server. */

const KEY = 'langxanh.token';

/** Where a token can be kept; a browser that forbids it keeps nothing beyond the page. */
type Keeper = 'sessionStorage' | 'localStorage';

let held: string | undefined;

/** The token, or undefined where nobody is signed in. */
export function token(): string | undefined {
  held ??= read('sessionStorage') ?? read('localStorage');
  return held;
}

/** Whether a token waits on this device since an earlier visit. */
export function isRemembered(): boolean {
  return read('localStorage') !== undefined;
}

/** Keeps the token until the tab is closed or, with `remember`, until somebody signs out. */
export function keep(value: string, remember: boolean): void {
  forget();
  held = value;
  try {
    globalThis[remember ? 'localStorage' : 'sessionStorage'].setItem(KEY, value);
  } catch {
    // Held for as long as the page stands: all that a browser without storage allows.
  }
}

/** Signs out here and in what is kept. */
export function forget(): void {
  held = undefined;
  for (const keeper of ['sessionStorage', 'localStorage'] as const) {
    try {
      globalThis[keeper].removeItem(KEY);
    } catch {
      // What cannot be kept cannot be left behind.
    }
  }
}

/** What a token looks like once blanks around it, and a pasted `Bearer`, are taken off; undefined where it can be none. */
export function tokenOf(typed: string): string | undefined {
  const bare = typed.trim().replace(/^Bearer\s+/i, '');
  // A header must not carry anything else, and no token does.
  return /^[\x21-\x7e]+$/.test(bare) ? bare : undefined;
}

function read(keeper: Keeper): string | undefined {
  try {
    return globalThis[keeper].getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
