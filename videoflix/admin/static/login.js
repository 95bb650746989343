// The login page: the same accounts as everywhere, but only administrators get further.

import { send } from "./api.js";
import { busy } from "./dom.js";

const form = document.querySelector("form");
const wrong = document.getElementById("wrong");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(form.querySelector("button"), enter).catch((error) => {
    wrong.textContent = error.message;
    form.elements.password.select();
  });
});

async function enter() {
  wrong.textContent = "";
  await send("/api/login/", { method: "POST", body: Object.fromEntries(new FormData(form)) });
  const { is_staff: isAdmin } = await send("/api/me/");
  if (isAdmin) return location.replace(`/admin/${location.hash}`); // back to the page that sent us here
  await send("/api/logout/", { method: "POST" });
  throw new Error("This account may not enter: it is no administrator’s.");
}
