/* What is new in the list, for the title and for notices (static/js/unread.js); the status; and relative times. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  desk.askToNotify = window.weniSignals.ask;

  const mine = () =>
    new Map(desk.mine().map((item) => [item.dataset.ticket, { unread: Number(item.dataset.unread), name: item.dataset.name, url: item.href }]));

  desk.listChanged = () => {
    for (const { id, text } of window.weniUnread?.tell(mine()) ?? []) if (id !== desk.openId()) desk.say(text);
    times();
  };

  const times = () => window.weniAgo(desk.root, desk.text("Now"));

  setInterval(times, 20_000);
  setInterval(() => desk.root.querySelector("[data-why]") && desk.refreshFrame(), 60_000);

  /* The status control is in the bar (partials/agent_status.html); htmx submits its forms. */
  const control = () => document.getElementById("agent-status");

  const showStatus = (content) => {
    const next = content.querySelector("#agent-status");
    if (!next || !control() || control().querySelector(".show")) return;
    control().replaceWith(next);
    window.htmx?.process(next);
  };

  desk.acts.online = async (button) => {
    desk.askToNotify();
    button.setAttribute("aria-busy", "true");
    const data = new FormData();
    data.set("status", "online");
    const answer = await desk.post(desk.url("status/"), data);
    button.removeAttribute("aria-busy");
    if (!answer.ok) return desk.complain(answer);
    showStatus(answer.content);
    desk.say(desk.text("Online"));
    await desk.refreshList();
    // The button is gone, and the focus with it; restore it unless the focus has moved on, to a ticket for example.
    if (document.activeElement === document.body) desk.part("worklist").focus({ preventScroll: true });
  };
})();
