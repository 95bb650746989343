// SHA-256 (FIPS 180-4). Browsers have it for pages with HTTPS and on localhost only, and a server at home is neither.

const ROUNDS = 64;
const primes = Array.from({ length: 312 }, (_, n) => n).filter((n) => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
});
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = Int32Array.from(primes.slice(0, ROUNDS), (prime) => fraction(Math.cbrt(prime)));
const INITIAL = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const rotate = (x, n) => (x >>> n) | (x << (32 - n));

/** `bytes`: an ArrayBuffer → a Uint8Array of 32 bytes. */
export async function sha256(bytes) {
  return new Uint8Array(crypto.subtle ? await crypto.subtle.digest("SHA-256", bytes) : digest(new Uint8Array(bytes)));
}

function digest(bytes) {
  const view = new DataView(padded(bytes).buffer);
  const hash = Int32Array.from(INITIAL);
  const words = new Int32Array(ROUNDS);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let n = 0; n < 16; n++) words[n] = view.getInt32(at + 4 * n);
    compress(hash, words);
  }
  const result = new DataView(new ArrayBuffer(32));
  hash.forEach((word, n) => result.setInt32(4 * n, word));
  return result.buffer;
}

function padded(bytes) {
  const all = new Uint8Array((((bytes.length + 8) >> 6) + 1) * 64);
  all.set(bytes);
  all[bytes.length] = 0x80;
  const view = new DataView(all.buffer);
  view.setUint32(all.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(all.length - 4, bytes.length << 3);
  return all;
}

function compress(hash, words) {
  for (let n = 16; n < ROUNDS; n++) {
    const [x, y] = [words[n - 15], words[n - 2]];
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    words[n] = words[n - 16] + s0 + words[n - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = hash;
  for (let n = 0; n < ROUNDS; n++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[n] + words[n]) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, n) => (hash[n] += value));
}
