// A new token: shows the date field only if it is needed; and removes the secret when the page is left.
"use strict";
(() => {
  for (const row of document.querySelectorAll("[data-expiry]")) {
    const choice = row.querySelector("select");
    const day = row.querySelector("[data-expiry-day]");
    const show = () => { day.hidden = choice.value !== "date"; };
    choice.addEventListener("change", show);
    show();
  }
  addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll("[data-secret]")) secret.textContent = "…";
  });
})();
