// The end of a film: what to do next. The next episode of a series starts by itself, unless the viewer cancels.

const SECONDS = 10;

export function offerNext(video) {
  const end = document.getElementById("end");
  const countdown = document.getElementById("countdown"); // only there if the next film may start by itself
  const following = document.getElementById("following");
  const cancel = document.getElementById("cancel");
  let timer = null;

  const stop = () => {
    clearInterval(timer);
    timer = null;
    if (countdown) countdown.hidden = cancel.hidden = true;
  };
  const begin = () => {
    let left = SECONDS;
    const tell = () => (countdown.textContent = countdown.dataset.text.replace("{seconds}", left));
    tell();
    countdown.hidden = cancel.hidden = false;
    cancel.focus();
    timer = setInterval(() => {
      left -= 1;
      tell();
      if (left > 0) return;
      stop();
      following.click();
    }, 1000);
  };

  video.addEventListener("ended", () => {
    end.hidden = false;
    if (countdown) begin();
  });
  video.addEventListener("seeking", () => {
    stop();
    end.hidden = true;
  });
  cancel?.addEventListener("click", () => {
    stop();
    following.focus();
  });
  end.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // else the player would seek
    const choices = [...end.querySelectorAll("a, button:not([hidden])")];
    choices[choices.indexOf(document.activeElement) + step]?.focus();
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && timer && cancel.click());
}
