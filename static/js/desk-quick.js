/* Quick messages: a slash at the beginning of a word offers shortcuts with the prefix that follows. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let fetching = "";

  const filter = (word) => {
    const start = fold(word);
    for (const option of quick.list().querySelectorAll("[role=option]")) {
      option.hidden = !fold(option.dataset.shortcut).startsWith(start);
    }
    quick.list().querySelector("[data-none]").hidden = quick.options().length > 0;
    if (!quick.chosen() || quick.chosen().hidden) quick.choose(quick.options()[0]);
  };

  const open = async () => {
    const id = desk.openId();
    if (fetching === id) return;
    fetching = id;
    const answer = await desk.get(desk.ticketUrl(id, "quick/"));
    fetching = "";
    const now = quick.typed();
    if (!answer.ok || id !== desk.openId() || !now || quick.list()) return;
    quick.show(answer.content);
    filter(now.word);
  };

  const quick = desk.suggest({
    part: "quick",
    pattern: /(^|\s)\/([^\s/]*)$/,
    follow: (now) => (quick.list() ? filter(now.word) : open()),
    text: (option) => option.dataset.text,
  });
})();
