/* Voice messages and other sound: played at the speed that was chosen last, on this device. The speed stands at the
   document, for the style sheet to show it on every player (docs/design.md, Behaviour). */
(() => {
  "use strict";

  const KEY = "weni:speed";
  const SPEEDS = ["1", "1.5", "2"];

  const remembered = () => {
    try {
      return SPEEDS.find((speed) => speed === localStorage.getItem(KEY)) ?? SPEEDS[0];
    } catch {
      return SPEEDS[0];
    }
  };

  const show = (speed) => {
    document.documentElement.dataset.speed = speed;
    for (const player of document.querySelectorAll(".player audio")) player.playbackRate = Number(speed);
  };

  const next = () => {
    const now = document.documentElement.dataset.speed;
    const speed = SPEEDS[(SPEEDS.indexOf(now) + 1) % SPEEDS.length];
    try {
      localStorage.setItem(KEY, speed);
    } catch {
      // Blocked storage: the speed lasts as long as the page.
    }
    show(speed);
  };

  document.addEventListener("click", (event) => event.target.closest("[data-speed-next]") && next());

  // Loading sets a player back, and new ones come with new lines.
  document.addEventListener("play", (event) => {
    if (event.target.closest(".player")) event.target.playbackRate = Number(document.documentElement.dataset.speed);
  }, true);

  addEventListener("storage", (event) => event.key === KEY && show(remembered()));

  show(remembered());
})();
