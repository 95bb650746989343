// The preview: plays a video with hls.js, as viewers see it.

import { el } from "./dom.js";
import { hls } from "./vendor.js";

export function player(url, title) {
  const video = el("video", { controls: true, playsinline: "", "aria-label": `Preview of ${title}` });
  const error = el("p.error", { role: "alert" });

  async function start() {
    const Hls = await hls();
    const instance = new Hls({ maxBufferLength: 12 });
    instance.on(Hls.Events.ERROR, (_, { fatal, details }) => {
      if (fatal) error.textContent = `The video cannot be played: ${details}.`;
    });
    instance.loadSource(url);
    instance.attachMedia(video);
    return instance;
  }

  const started = start();
  started.catch(({ message }) => (error.textContent = message));
  const stop = () => started.then((instance) => instance.destroy(), () => null);
  return { node: el("div", video, error), video, stop };
}
