/* Voice messages: recorded here, then a file like any other. The button is shown if the browser supports it. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk?.files || !navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;

  /* Formats that phones play come first. */
  const KINDS = ["audio/ogg;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"];
  const LONGEST = 15 * 60 * 1000;

  let recording = null;

  const clock = (milliseconds) => {
    const seconds = Math.floor(milliseconds / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  const show = () => {
    const bar = desk.part("recorder");
    const button = desk.part("record");
    if (!bar || !button) return;
    const here = recording?.ticket === desk.openId();
    button.hidden = here;
    if (bar.hidden === here) desk.keepEnd(() => { bar.hidden = !here; });
    if (here) desk.part("recorder-time").textContent = clock(Date.now() - recording.start);
  };

  const tick = () => {
    if (!recording) return;
    // Opening another ticket ends the recording for this one.
    if (recording.ticket !== desk.openId() || Date.now() - recording.start > LONGEST) finish(true);
    show();
  };

  const finish = (keep) => {
    if (!recording || recording.recorder.state === "inactive") return;
    recording.keep = keep;
    recording.recorder.stop();
  };

  const ended = (done, parts) => {
    clearInterval(done.timer);
    for (const track of done.recorder.stream.getTracks()) track.stop();
    recording = null;
    show();
    const [type] = done.recorder.mimeType.split(";");
    const end = { "audio/ogg": "ogg", "audio/mp4": "m4a" }[type] ?? "webm";
    const time = new Date(done.start).toTimeString().slice(0, 5).replace(":", ".");
    if (done.keep && parts.length) desk.files.add([new File(parts, `${desk.text("VoiceName")} ${time}.${end}`, { type })], done.ticket);
    done.over();
  };

  const begin = (stream, ticket) => {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    const parts = [];
    recording = { recorder, ticket, start: Date.now(), keep: true };
    const mine = recording;
    mine.ended = new Promise((over) => { mine.over = over; });
    recorder.addEventListener("dataavailable", (event) => event.data.size && parts.push(event.data));
    recorder.addEventListener("stop", () => ended(mine, parts));
    recorder.start(1000);
    recording.timer = setInterval(tick, 250);
    show();
    desk.say(desk.text("VoiceStarted"));
    desk.part("recorder")?.querySelector("[data-do=record-done]").focus({ preventScroll: true });
  };

  desk.acts.record = async (button) => {
    const ticket = desk.openId();
    if (recording) return;
    button.setAttribute("aria-busy", "true");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (ticket === desk.openId()) begin(stream, ticket);
      else for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      desk.toast(desk.text(error.name === "NotFoundError" ? "VoiceNone" : "VoiceRefused"), "danger");
    } finally {
      button.removeAttribute("aria-busy");
    }
  };

  /* For the composer: sending ends the recording. */
  desk.voice = {
    any: (ticket) => recording?.ticket === ticket,
    done: async (ticket) => {
      if (recording?.ticket !== ticket) return;
      const { ended: over } = recording;
      finish(true);
      await over;
    },
  };

  desk.acts["record-done"] = () => {
    finish(true);
    desk.focusComposer();
  };

  desk.acts["record-discard"] = () => {
    finish(false);
    desk.focusComposer();
  };

  const restoreDraft = desk.restoreDraft;
  desk.restoreDraft = () => {
    restoreDraft();
    show();
  };
})();
