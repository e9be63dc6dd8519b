/* Waiting times change colour at the sector's target: every [data-wait], with its start in data-since and the target in
   minutes in data-target (tickets/desk/waiting_targets.py does the same on the server). */
(() => {
  "use strict";

  const SOON = 0.75;
  const TONES = ["fine", "soon", "late"];

  const paint = () => {
    for (const wait of document.querySelectorAll("[data-wait][data-target]")) {
      const part = (Date.now() - Date.parse(wait.dataset.since)) / (60_000 * Number(wait.dataset.target));
      const now = part >= 1 ? "late" : part >= SOON ? "soon" : "fine";
      for (const tone of TONES) wait.classList.toggle(`wait--${tone}`, tone === now);
      const late = wait.querySelector("[data-late]");
      if (late) late.hidden = now !== "late";
    }
  };

  setInterval(paint, 2_000);
})();
