/* Notices for people who aren't looking, on any page: a sound and a browser notification, each if enabled in the
   profile (data-sound, data-notify on <body>). */
(() => {
  "use strict";

  const { sound, notify: notifies } = document.body.dataset;

  const ring = () => {
    if (sound !== undefined) window.weniTones();
  };

  const away = () => document.visibilityState === "hidden" || !document.hasFocus();

  /* Shows a notification if nobody is looking at the page; a click on it calls `open`. */
  const notify = (text, tag, open) => {
    if (notifies === undefined || !away()) return;
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

  window.weniSignals = { ring, notify, ask, away };
})();
