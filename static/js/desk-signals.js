/* Notices for people who aren't looking at the page: the title's count, a sound, a notification; and relative times. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const title = document.title;
  let known = null;

  const { ring, notify, ask, away } = window.weniSignals;
  desk.askToNotify = ask;

  const look = () =>
    new Map(desk.mine().map((item) => [item.dataset.ticket, { unread: Number(item.dataset.unread), name: item.dataset.name }]));

  desk.listChanged = () => {
    const now = look();
    const unread = [...now.values()].reduce((sum, item) => sum + item.unread, 0);
    document.title = unread ? `(${unread}) ${title}` : title;
    if (known) {
      for (const [id, { unread: count, name }] of now) {
        const before = known.get(id);
        const text = !before ? desk.text("NewTicket") : count > before.unread ? desk.text("NewMessage") : "";
        if (!text) continue;
        if (id !== desk.openId()) desk.say(text.replace("{name}", name));
        if (away()) {
          ring();
          notify(text.replace("{name}", name), id, () => desk.open(id));
        }
      }
    }
    known = now;
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

  document.addEventListener("click", (event) => {
    if (event.target.closest("#agent-status button[name=status][value=online]")) desk.askToNotify();
  });
})();
