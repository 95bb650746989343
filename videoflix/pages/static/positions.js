// Reports where the viewer is, and what was played: regularly, and whenever playback stops or the page is hidden.

import { send } from "./session.js";

/** Calls `leave` when the session has ended: segments from a CDN or the browser's cache would not tell. */
export function reportPositions(video, id, duration, every, leave) {
  const session = String(Math.random());
  let order = 0;
  let last = -1;
  let parts = []; // begin and end of what was played and not reported
  let open = null; // the one that goes on

  const note = () => {
    if (video.seeking) return;
    if (!open) parts.push((open = [video.currentTime]));
    open[1] = video.currentTime;
  };

  const report = (force) => {
    const position = video.currentTime;
    const known = duration || video.duration;
    if (!video.readyState || !(known < Infinity) || (!force && Math.abs(position - last) < 1)) return;
    last = position;
    note();
    const played = parts;
    parts = [];
    open = null;
    send(`/api/me/progress/${id}/`, {
      method: "PUT",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ position, duration: known, session, order: ++order, played, every }),
    })
      .then(({ status }) => {
        if (status > 499) throw status;
        if (status === 401 && !document.hidden) leave();
      })
      .catch(() => parts.unshift(...played));
  };

  setInterval(() => video.paused || report(), every * 1000);
  for (const name of ["pause", "seeked", "ended"]) video.addEventListener(name, () => report(name === "ended"));
  document.addEventListener("visibilitychange", () => document.hidden && report());
  addEventListener("pagehide", () => report());
  video.addEventListener("timeupdate", note);
  video.addEventListener("seeking", () => (open = null));
}
