/* Answers that do not leave: after a minute they are shown as delayed. The server says the same when it renders the
   line (tickets/templatetags/desk.py, is_delayed). */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const LATE = 60_000;

  const tick = () => {
    for (const delivery of desk.root.querySelectorAll(".delivery[data-state=sending][data-since]")) {
      if (Date.now() - Date.parse(delivery.dataset.since) < LATE) continue;
      delivery.dataset.state = "delayed";
      const words = delivery.querySelector("[data-delayed]");
      if (words) words.hidden = false;
      const punctual = delivery.querySelector("[data-punctual]");
      if (punctual) punctual.hidden = true;
      if (words) desk.say(words.textContent);
    }
  };

  setInterval(tick, 5_000);
})();
