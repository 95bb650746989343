// Loads scripts from npm from this server, or from a CDN. The browser runs a file only if its checksum matches.

import { send } from "./api.js";
import { el } from "./dom.js";

const loading = {};

export const hls = () => load("hls", "Hls");
export const sha256 = () => load("sha256", "sha256");
export const tus = () => load("tus", "tus");

function load(name, global) {
  return (loading[name] ??= fetchScript(name, global).catch((error) => {
    delete loading[name]; // the next call tries again
    throw error;
  }));
}

async function fetchScript(name, global) {
  const { src, integrity } = (await send("/admin/vendor/"))[name];
  return new Promise((resolve, reject) => {
    const message = `A script could not be loaded from ${new URL(src, location).host}. Are you offline?`;
    const onload = () => resolve(window[global]);
    const onerror = () => reject(new Error(message));
    document.head.append(el("script", { src, integrity, crossorigin: "anonymous", onload, onerror }));
  });
}
