// A minimal frontend: it logs in, plays a film with hls.js, and records the events of the player.

const video = document.querySelector("video");
const told = [];
let hls;

const tell = (name, more) => told.push({ name, time: video.currentTime, ...more });

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
  const warn = (...words) => tell("warning", { reason: words.join(" ") });
  hls = new Hls({
    xhrSetup: (xhr) => {
      xhr.withCredentials = true;
    },
    debug: { trace: silent, debug: silent, log: silent, info: silent, warn, error: warn },
  });
  hls.on(Hls.Events.ERROR, (_, { details, fatal, error, frag }) =>
    tell("error", {
      details,
      fatal,
      reason: String(error),
      ...(frag && { level: frag.level, segment: frag.sn, start: frag.start, duration: frag.duration }),
    }),
  );
  hls.on(Hls.Events.LEVEL_UPDATED, (_, { level, details }) =>
    tell("playlist", { level, grows: details.live, segments: details.fragments.length }),
  );
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => tell("switched", { level }));
  hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) =>
    tell("buffered", {
      level: frag.level,
      segment: frag.sn,
      start: frag.start,
      duration: frag.duration,
      video: [frag.elementaryStreams.video.startPTS, frag.elementaryStreams.video.endPTS],
      audio: [frag.elementaryStreams.audio.startPTS, frag.elementaryStreams.audio.endPTS],
    }),
  );
  for (const name of ["playing", "waiting", "stalled", "seeking", "seeked", "ended", "error", "timeupdate"]) {
    video.addEventListener(name, () => tell(name));
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
