/* Notices for people who aren't looking, on any page: a sound and a browser notification, each if enabled in the
   profile (data-sound, data-notify on <body>).

   One person may have several tabs of a project: they elect one that gives notice, and it asks the others whether what
   it is about is in view there. */
(() => {
  "use strict";

  const { sound, notify: notifies, me, liveUrl } = document.body.dataset;
  const NAME = `weni:signals:${liveUrl}:${me}`;
  const ANSWERS_WITHIN = 200;  // ms

  const ring = () => {
    if (sound !== undefined) window.weniTones();
  };

  const away = () => document.visibilityState === "hidden" || !document.hasFocus();

  /* Shows a notification; a click on it calls `open`. */
  const notify = (text, tag, open) => {
    if (notifies === undefined) return;
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const note = new Notification(text, { tag });
    note.onclick = () => {
      window.focus();
      open();
      note.close();
    };
  };

  /* Requested when somebody goes online: then its purpose is clear. */
  const ask = () => {
    if (notifies !== undefined && "Notification" in window && Notification.permission === "default") {
      Notification.requestPermission().catch(() => {});
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("#agent-status button[name=status][value=online]")) ask();
  });

  /* The elected tab holds a lock as long as it lives. Without locks (plain HTTP) the first to write down a notice gives
     it. */
  let leading = false;

  const stand = () => navigator.locks?.request(NAME, () => new Promise((done) => {
    leading = true;
    addEventListener("pagehide", () => {
      leading = false;
      done();
    }, { once: true });
  })).catch(() => {
    // A page that is gone when its turn comes stands for nothing.
  });

  const elected = (notice) => {
    if (navigator.locks) return leading;
    try {
      if (localStorage.getItem(NAME) === notice) return false;
      localStorage.setItem(NAME, notice);
    } catch {
      // Without storage each tab gives notice.
    }
    return true;
  };

  /* Whether a tab in front shows what `what` names: "page" any, "desk" the desk. */
  const inView = (what) => !away() && (what === "page" || Boolean(document.querySelector("[data-desk]")));

  const channel = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
  let answered = () => {};

  channel?.addEventListener("message", ({ data }) => {
    if (data.asks) {
      if (inView(data.asks)) channel.postMessage({ shows: data.asks });
    } else answered();
  });

  const inViewAnywhere = (what) => {
    if (inView(what)) return Promise.resolve(true);
    if (!channel) return Promise.resolve(false);
    return new Promise((done) => {
      answered = () => done(true);
      setTimeout(() => done(false), ANSWERS_WITHIN);
      channel.postMessage({ asks: what });
    });
  };

  if (liveUrl) {
    stand();
    addEventListener("pageshow", (event) => event.persisted && stand());
  }

  window.weniSignals = { ring, notify, ask, elected, inViewAnywhere };
})();
