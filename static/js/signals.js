/* What reaches a person who is not looking, on any page: a sound and a notification of the browser, each as the profile
   says (data-sound, data-notify on <body>). */
(() => {
  "use strict";

  const { sound, notify: notifies } = document.body.dataset;

  /* Two short tones, made here: no file to fetch. Browsers allow it once the page was used. */
  let audio = null;

  const ring = () => {
    if (sound === undefined) return;
    try {
      audio ??= new AudioContext();
      [660, 880].forEach((frequency, i) => {
        const at = audio.currentTime + i * 0.14;
        const tone = new OscillatorNode(audio, { frequency });
        const volume = new GainNode(audio, { gain: 0 });
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
        volume.gain.linearRampToValueAtTime(0, at + 0.13);
        tone.connect(volume).connect(audio.destination);
        tone.start(at);
        tone.stop(at + 0.15);
      });
    } catch {
      // No sound on this device.
    }
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
