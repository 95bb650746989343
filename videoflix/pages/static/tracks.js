// Tells media-chrome about the qualities and audio tracks of hls.js: the lists that some browsers give a video
// themselves, as an array that sends events.

function eventList(properties) {
  const target = new EventTarget();
  const list = [];
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) list[name] = target[name].bind(target);
  return Object.defineProperties(list, properties);
}

const tell = (list, name) => list.dispatchEvent(new Event(name));

/** Call it before media-chrome is loaded. */
export function offerTracks(video, hls) {
  const { Events } = Hls;
  const renditions = eventList({
    selectedIndex: {
      get: () => (hls.autoLevelEnabled ? -1 : hls.loadLevel),
      set: (index) => {
        hls.nextLevel = index;
        tell(renditions, "change");
      },
    },
  });
  const audio = eventList({});
  Object.defineProperty(video, "videoRenditions", { value: renditions });
  Object.defineProperty(video, "audioTracks", { value: audio });

  hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
    renditions.length = 0;
    levels.forEach(({ width, height, bitrate }, index) => renditions.push({ id: `${index}`, width, height, bitrate }));
    tell(renditions, "addrendition");
  });
  hls.on(Events.AUDIO_TRACKS_UPDATED, (_, { audioTracks }) => {
    audio.length = 0;
    audioTracks.forEach(({ name, lang }, index) =>
      audio.push({
        id: `${index}`,
        kind: "main",
        label: name,
        language: lang,
        get enabled() {
          return hls.audioTrack === index;
        },
        set enabled(wanted) {
          if (wanted) hls.audioTrack = index;
        },
      }),
    );
    tell(audio, "addtrack");
  });
  hls.on(Events.AUDIO_TRACK_SWITCHED, () => tell(audio, "change"));
}
