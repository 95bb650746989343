// The two programs that are not ours: hls.js plays films, tus-js-client sends them. They come from this server, or
// from a CDN; only the very file whose checksum the server knows is run.

import { send } from "./api.js";

const loading = new Map();

/** The global `Hls` of hls.js. */
export const hls = () => load("hls", "Hls");

/** The global `tus` of tus-js-client. */
export const tus = () => load("tus", "tus");

function load(name, global) {
  if (!loading.has(name)) {
    loading.set(name, fetchScript(name, global));
    loading.get(name).catch(() => loading.delete(name)); // the next one tries again
  }
  return loading.get(name);
}

async function fetchScript(name, global) {
  const { src, integrity } = (await send("/admin/vendor/"))[name];
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src, integrity, crossOrigin: "anonymous" });
    script.onload = () => resolve(window[global]);
    const words = `A part of this page could not be loaded from ${new URL(src, location).host}. Are you offline?`;
    script.onerror = () => reject(new Error(words));
    document.head.append(script);
  });
}
