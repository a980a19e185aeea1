// What the browser remembers. Private windows may refuse storage: then nothing is remembered.

function guarded(area) {
  return {
    get(key) {
      try {
        return window[area].getItem(`qiantai:${key}`);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value === null) window[area].removeItem(`qiantai:${key}`);
        else window[area].setItem(`qiantai:${key}`, value);
      } catch {
        // full or forbidden
      }
    },
  };
}

/** Kept until the customer clears it. */
export const lasting = guarded("localStorage");
/** Kept for this tab. */
export const fleeting = guarded("sessionStorage");

/** A new random id, also on pages without a secure context. */
export function newId() {
  if (globalThis.crypto?.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
