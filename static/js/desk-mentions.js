/* Mentions in notes: an @ at the beginning of a word offers people who see the ticket or are on its queue (the server finds
   them). Mentioned people are sent with the note by id. A note that mentions the reader counts as seen once it is in
   view. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const WAIT = 120;
  let timer = 0;
  let asked = 0;

  const find = async () => {
    const turn = ++asked;
    const id = desk.openId();
    const word = colleagues.typed()?.word ?? "";
    const answer = await desk.get(desk.ticketUrl(id, `colleagues/?q=${encodeURIComponent(word)}`));
    if (turn !== asked || !answer.ok || id !== desk.openId() || !colleagues.typed()) return;
    // Several words without a match: a sentence, not a name.
    if (word.includes(" ") && !answer.content.querySelector("[role=option]")) return colleagues.close();
    colleagues.show(answer.content);
    colleagues.choose(colleagues.options()[0]);
  };

  const colleagues = desk.suggest({
    part: "colleagues",
    pattern: /(^|\s)@([^@\n]{0,40})$/,
    allowed: () => desk.root.querySelector("form[data-composer]").elements.note.value === "1",
    follow: () => {
      clearTimeout(timer);
      timer = setTimeout(find, WAIT);
    },
    ended: () => {
      clearTimeout(timer);
      asked += 1;
    },
    text: (option) => {
      remember(option.dataset.name, option.dataset.person);
      return `@${option.dataset.name} `;
    },
  });

  /* The people behind the names, stored with the drafts: a draft outlives the page. */
  const KEY = `weni:mentions:${desk.me}`;
  const MOST = 100;

  const known = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY) || "{}");
    } catch {
      return {};
    }
  };

  const remember = (name, id) => {
    const { [name]: _old, ...others } = known();
    const entries = [...Object.entries(others), [name, id]].slice(-MOST);
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
    } catch {
      // Without it the note is sent, but mentions nobody.
    }
  };

  const called = (text) => Object.entries(known()).filter(([name]) => text.includes(`@${name}`)).map(([, id]) => id);

  // Every note passes through here, sent at once or later.
  const post = desk.post;
  desk.post = (url, data, ...rest) => {
    if (/\/messages\/$/.test(url) && data?.get("note")) {
      for (const id of called(data.get("text") ?? "")) data.append("mentions", id);
    }
    return post(url, data, ...rest);
  };

  /* Notes in view are seen. */
  const inView = (line) => {
    const box = desk.part("lines").getBoundingClientRect();
    const here = line.getBoundingClientRect();
    return here.height > 0 && here.bottom > box.top && here.top < box.bottom;
  };

  const look = desk.once(async () => {
    const id = desk.openId();
    if (!id || !desk.part("lines") || document.visibilityState !== "visible") return;
    const seen = [...desk.part("lines").querySelectorAll("[data-calls=unseen]")].filter(inView);
    if (!seen.length) return;
    const data = new FormData();
    for (const line of seen) data.append("messages", line.dataset.line);
    const answer = await desk.post(desk.ticketUrl(id, "mentions/seen/"), data);
    if (answer.ok) for (const line of seen) line.dataset.calls = "seen";
  }, 300);

  new MutationObserver(() => desk.root.querySelector("[data-calls=unseen]") && look()).observe(desk.root, { childList: true, subtree: true });
  desk.root.addEventListener("scroll", () => desk.root.querySelector("[data-calls=unseen]") && look(), { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);

  /* ?note=<message>: the conversation opens at that note, however old it is. */
  const FAR = 60;

  const goTo = async (message) => {
    const line = () => desk.part("lines")?.querySelector(`[data-line="${CSS.escape(message)}"]`);
    if (!line() && desk.showAround) await desk.showAround(message);
    for (let pages = 0; !line() && pages < FAR; pages += 1) {
      const button = desk.part("lines")?.querySelector("[data-do=earlier]");
      if (!button) break;
      await desk.acts.earlier(button);
    }
    if (!line()) return;
    line().tabIndex = -1;
    line().classList.add("message--called");
    line().scrollIntoView({ block: "center" });
    line().focus({ preventScroll: true });
    look();
  };

  addEventListener("DOMContentLoaded", () => {
    const message = new URLSearchParams(location.search).get("note");
    if (message && desk.openId()) goTo(message);
    look();
  });
})();
