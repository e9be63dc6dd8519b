/* New tickets and messages of one's own, on every page of a project: their number in the title; a sound and a
   notification unless the desk is in view in some tab. The desk knows them from its list, other pages fetch them. */
(() => {
  "use strict";

  const { body } = document;
  const { unreadUrl: url, textNewTicket, textNewMessage } = body.dataset;
  if (!url) return;

  const REST = 1_000;  // ms between two fetches
  const title = document.title;
  const { ring, notify, elected, inViewAnywhere } = window.weniSignals;

  /* By ticket: {unread, name, url}. Null until known. */
  let known = null;

  const newsOf = (now) => [...now].flatMap(([id, { unread, name, url: place }]) => {
    const before = known.get(id);
    const text = !before ? textNewTicket : unread > before.unread ? textNewMessage : "";
    return text ? [{ id, unread, url: place, text: text.replace("{name}", name) }] : [];
  });

  /* Something typed would be lost with this page. */
  const TEXT = "main textarea, main input:not([type=checkbox], [type=radio], [type=file])";
  const typed = () => [...document.querySelectorAll(TEXT)].some((field) => field.value !== field.defaultValue);

  const open = (news) => {
    if (window.weniDesk) window.weniDesk.open(news.id);
    else if (typed()) window.open(news.url);
    else location.assign(news.url);
  };

  const signal = async (news) => {
    const notice = news.map(({ id, unread }) => `${id}:${unread}`).join();
    if (!elected(notice) || await inViewAnywhere("desk")) return;
    ring();
    for (const one of news) notify(one.text, one.id, () => open(one));
  };

  /* Takes what there is now; returns what is new in it. */
  const tell = (now) => {
    const unread = [...now.values()].reduce((sum, ticket) => sum + ticket.unread, 0);
    document.title = unread ? `(${unread}) ${title}` : title;
    const news = known ? newsOf(now) : [];
    known = now;
    if (news.length) signal(news);
    return news;
  };

  window.weniUnread = { tell };
  if (document.querySelector("[data-desk]")) return;

  let running = false;
  let wanted = false;

  const look = async () => {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      try {
        const answer = await fetch(url, { headers: { "X-Requested-With": "unread" }, cache: "no-store" });
        if (answer.ok && !answer.redirected) tell(new Map((await answer.json()).tickets.map(({ ticket, ...row }) => [ticket, row])));
        else if (answer.status >= 500) body.dispatchEvent(new CustomEvent("live:missed"));
      } catch {
        body.dispatchEvent(new CustomEvent("live:missed"));
      }
      if (wanted) await new Promise((done) => { setTimeout(done, REST); });
    }
    running = false;
  };

  body.addEventListener("live:ticket", look);
  body.addEventListener("live:resync", look);
  body.addEventListener("live:message", ({ detail }) => {
    if (known?.has(detail.ticket) && ["message", "read"].includes(detail.what)) look();
  });
})();
