/* What a person has written and not sent, kept in this browser by person and ticket: the draft in the composer,
   messages that did not leave, files, and whom notes mention. It outlives the page and the session, but not signing out, nor
   another person who signs in here. */
(() => {
  "use strict";

  const KINDS = ["draft", "unsent", "files", "mentions"];
  const LEAVING = "weni:leaving";
  const { me = "" } = document.body.dataset;

  const key = (kind, ticket) => `weni:${kind}:${me}:${ticket}`;

  /* Full or blocked storage must not interfere with writing. */
  const attempt = (work, otherwise) => {
    try {
      return work() ?? otherwise;
    } catch {
      return otherwise;
    }
  };

  const keys = (kind, ticket) => {
    const start = key(kind, ticket);
    return attempt(() => Object.keys(localStorage).filter((name) => name === start || name.startsWith(`${start}:`)), []);
  };

  /* A draft is {text, note}; null for none. */
  const read = (ticket) => attempt(() => JSON.parse(localStorage.getItem(key("draft", ticket)) || "null"), null);

  const write = (ticket, draft) => attempt(() => {
    if (draft.text.trim()) localStorage.setItem(key("draft", ticket), JSON.stringify(draft));
    else localStorage.removeItem(key("draft", ticket));
  });

  /* Another tab may have a draft of its own for the ticket: only what was sent goes. */
  const sent = (ticket, text) => {
    if (read(ticket)?.text.trim() === text.trim()) attempt(() => localStorage.removeItem(key("draft", ticket)));
  };

  const unsent = (ticket) => keys("unsent", ticket)
    .map((name) => attempt(() => JSON.parse(localStorage.getItem(name)), null))
    .filter(Boolean)
    .sort((one, other) => one.at - other.at);

  /* What was never sent; `any` counts what did not arrive as well. */
  const open = (ticket) => Boolean(read(ticket)) || keys("files", ticket).length > 0;
  const any = (ticket) => open(ticket) || unsent(ticket).length > 0;

  /* All texts, the oldest first. */
  const texts = (ticket) => [...unsent(ticket), read(ticket)].filter(Boolean).map(({ text }) => text);

  const forget = (ticket) => attempt(() => {
    for (const kind of ["draft", "unsent", "files"]) for (const name of keys(kind, ticket)) localStorage.removeItem(name);
  });

  const changes = (event, ticket) => event.key === key("draft", ticket);

  window.weniDrafts = { read, write, sent, unsent, open, any, texts, forget, changes };

  /* Nothing stays of who signed out, nor of another person. A sign-out that did not happen takes nothing. */
  const clean = () => attempt(() => {
    const left = localStorage.getItem(LEAVING);
    if (left) localStorage.removeItem(LEAVING);
    const gone = me ? (owner) => owner !== me : (owner) => owner === left;
    for (const name of Object.keys(localStorage)) {
      const [app, kind, owner] = name.split(":");
      if (app === "weni" && KINDS.includes(kind) && gone(owner)) localStorage.removeItem(name);
    }
  });

  document.addEventListener("submit", (event) => {
    if (me && "signOut" in event.target.dataset) attempt(() => localStorage.setItem(LEAVING, me));
  });

  clean();
})();
