// A minimal frontend: it logs in, plays a film with hls.js, and records the events of the player.

const video = document.querySelector("video");
const events = [];
let hls;

const record = (name, more) => events.push({ name, time: video.currentTime, ...more });

async function login(api, email, password) {
  const answer = await fetch(`${api}/api/login/`, {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  return answer.status;
}

async function watch(address) {
  const silent = () => {};
  const warn = (...parts) => record("warning", { reason: parts.join(" ") });
  hls = new Hls({
    xhrSetup: (xhr) => {
      xhr.withCredentials = true;
    },
    debug: { trace: silent, debug: silent, log: silent, info: silent, warn, error: warn },
  });
  hls.on(Hls.Events.ERROR, (_, { details, fatal, error, frag }) =>
    record("error", {
      details,
      fatal,
      reason: String(error),
      ...(frag && { level: frag.level, segment: frag.sn, start: frag.start, duration: frag.duration }),
    }),
  );
  hls.on(Hls.Events.LEVEL_UPDATED, (_, { level, details }) =>
    record("playlist", { level, isLive: details.live, segments: details.fragments.length }),
  );
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => record("switched", { level }));
  hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) =>
    record("buffered", {
      level: frag.level,
      segment: frag.sn,
      start: frag.start,
      duration: frag.duration,
      video: [frag.elementaryStreams.video.startPTS, frag.elementaryStreams.video.endPTS],
      audio: [frag.elementaryStreams.audio.startPTS, frag.elementaryStreams.audio.endPTS],
    }),
  );
  for (const name of ["playing", "waiting", "stalled", "seeking", "seeked", "ended", "error", "timeupdate"]) {
    video.addEventListener(name, () => record(name));
  }
  hls.loadSource(address);
  hls.attachMedia(video);
  await video.play();
}

function state() {
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  return {
    duration: video.duration,
    failure: video.error && video.error.message,
    buffered: Array.from({ length: video.buffered.length }, (_, i) => [video.buffered.start(i), video.buffered.end(i)]),
    frames: totalVideoFrames,
    dropped: droppedVideoFrames,
  };
}
