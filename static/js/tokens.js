// A new token: shows the date field only if it is needed; asks before a page with a secret that nobody has copied is
// left, since it can't be shown again; and removes the secret when the page is left.
"use strict";
(() => {
  for (const row of document.querySelectorAll("[data-expiry]")) {
    const choice = row.querySelector("select");
    const day = row.querySelector("[data-expiry-day]");
    const show = () => { day.hidden = choice.value !== "date"; };
    choice.addEventListener("change", show);
    show();
  }
  const secret = document.querySelector("[data-secret]");
  let kept = !secret;
  document.addEventListener("click", (event) => {
    const copies = event.target.closest("[data-copy]")?.dataset.copy;
    if (copies === `#${secret?.id}` || event.target.closest("[data-secret-kept]")) kept = true;
  });
  document.addEventListener("copy", () => {
    if (secret && document.getSelection().containsNode(secret, true)) kept = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!kept) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    for (const one of document.querySelectorAll("[data-secret]")) one.textContent = "…";
  });
})();
