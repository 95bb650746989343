// The two programs that are not ours: hls.js plays films, tus-js-client sends them. They come from this server, or
// from a CDN; only the very file whose checksum the server knows is run.

import { send } from "./api.js";
import { el } from "./dom.js";

const loading = {};

export const hls = () => load("hls", "Hls");
export const tus = () => load("tus", "tus");

function load(name, global) {
  return (loading[name] ??= fetchScript(name, global).catch((error) => {
    delete loading[name]; // the next one tries again
    throw error;
  }));
}

async function fetchScript(name, global) {
  const { src, integrity } = (await send("/admin/vendor/"))[name];
  return new Promise((resolve, reject) => {
    const words = `A part of this page could not be loaded from ${new URL(src, location).host}. Are you offline?`;
    const onload = () => resolve(window[global]);
    const onerror = () => reject(new Error(words));
    document.head.append(el("script", { src, integrity, crossorigin: "anonymous", onload, onerror }));
  });
}
