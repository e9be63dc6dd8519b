/* Tells who directs lines, on every page, that somebody waits longer than they should: a toast that leads to the
   ticket, a sound and a notification as the profile says. Events of a moment make one toast (static/js/live.js). */
(() => {
  "use strict";

  const body = document.body;
  const url = body.dataset.lateUrl;
  if (!url) return;

  const GATHER = 300;  // ms
  let tickets = new Set();
  let timer = 0;

  const tell = async () => {
    const asked = [...tickets];
    tickets = new Set();
    timer = 0;
    try {
      const query = new URLSearchParams(asked.map((id) => ["ticket", id]));
      const answer = await fetch(`${url}?${query}`, { headers: { "X-Requested-With": "late" }, cache: "no-store" });
      if (answer.status !== 200) return;
      const { title, text, url: link, label, ticket } = await answer.json();
      window.weni.showToast({ title, text, level: "warning", link, label });
      window.weniSignals.ring();
      window.weniSignals.notify(`${title}: ${text}`, `late-${ticket}`, () => location.assign(link));
    } catch {
      // No line to the server: the lines themselves show who is late.
    }
  };

  body.addEventListener("live:late", ({ detail }) => {
    tickets.add(detail.ticket);
    timer ||= setTimeout(tell, GATHER);
  });
})();
