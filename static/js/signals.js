/* What reaches a person who is not looking, on any page: a sound and a notification of the browser, each as the profile
   says (data-sound, data-notify on <body>). */
(() => {
  "use strict";

  const { sound, notify: notifies } = document.body.dataset;

  const ring = () => {
    if (sound !== undefined) window.weniTones();
  };

  const away = () => document.visibilityState === "hidden" || !document.hasFocus();

  /* Says it beside the browser where nobody is looking at the page; `open` is what a click on it does. */
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

  /* Asked for when somebody goes online: then it is plain what it is for. */
  const ask = () => {
    if (notifies !== undefined && "Notification" in window && Notification.permission === "default") {
      Notification.requestPermission().catch(() => {});
    }
  };

  window.weniSignals = { ring, notify, ask, away };
})();
