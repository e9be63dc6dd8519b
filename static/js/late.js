/* Notifies supervisors, on every page, that a contact waits too long: a toast that links to the ticket, plus a sound
   and a notification if enabled in the profile. Simultaneous events make one toast (static/js/live.js). */
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
      const { elected, inViewAnywhere, ring, notify } = window.weniSignals;
      if (!elected(`late-${ticket}`)) return;
      ring();
      // The toast says it where somebody looks.
      if (!(await inViewAnywhere("page"))) notify(`${title}: ${text}`, `late-${ticket}`, () => location.assign(link));
    } catch {
      // No connection: the supervision page itself shows who is late.
    }
  };

  body.addEventListener("live:late", ({ detail }) => {
    tickets.add(detail.ticket);
    timer ||= setTimeout(tell, GATHER);
  });
})();
