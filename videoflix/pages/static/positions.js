// Reports where the viewer is: every 10 seconds, and whenever playback stops or the page is hidden.

import { send } from "./session.js";

const SECONDS = 10;

/** Calls `leave` when the session has ended. Segments may come from the browser's cache, and would not tell. */
export function reportPositions(video, id, duration, leave) {
  // crypto.randomUUID is missing on plain HTTP
  const session = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("-");
  let order = 0;
  let last = -1;

  const report = (force) => {
    const position = video.currentTime;
    const known = duration || video.duration;
    const isUsable = video.readyState > 0 && Number.isFinite(known) && known > 0;
    if (!isUsable || (!force && Math.abs(position - last) < 1)) return;
    last = position;
    send(`/api/me/progress/${id}/`, {
      method: "PUT",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ position, duration: known, session, order: ++order }),
    })
      .then(({ status }) => status === 401 && !document.hidden && leave())
      .catch(() => {}); // the next report has the newer position
  };

  setInterval(() => video.paused || report(), SECONDS * 1000);
  for (const name of ["pause", "seeked", "ended"]) video.addEventListener(name, () => report(name === "ended"));
  document.addEventListener("visibilitychange", () => document.hidden && report());
  addEventListener("pagehide", () => report());
}
