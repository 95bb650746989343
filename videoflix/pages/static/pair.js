// Asks whether the code of this television was confirmed, as often as the server allows.

const shown = document.querySelector("[data-device-code]");
const ENDS = { expired_token: "expired", access_denied: "refused" };
let seconds = Number(shown?.dataset.interval);

async function ask() {
  const body = JSON.stringify({ device_code: shown.dataset.deviceCode });
  const headers = { "Content-Type": "application/json" };
  const response = await fetch("/api/device/token/", { method: "POST", headers, body }).catch(() => null);
  if (response?.ok) return location.replace("/");
  const { error } = (await response?.json().catch(() => null)) ?? {};
  if (ENDS[error]) return end(ENDS[error]);
  if (error === "slow_down") seconds += 5;
  else if (!error) seconds = Math.min(seconds * 2, 60); // the server cannot be reached
  setTimeout(ask, seconds * 1000);
}

function end(state) {
  shown.hidden = true;
  const told = document.querySelector(`[data-state="${state}"]`);
  told.hidden = false;
  told.querySelector("a").focus();
}

if (shown) {
  document.querySelector("[data-waiting]").hidden = false;
  setTimeout(ask, seconds * 1000);
}
