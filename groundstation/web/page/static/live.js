// What the page knows: filled by one websocket, handed to Vue once per animation frame.

import { ref, shallowRef } from "vue";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;

export class Live {
  constructor() {
    this.mission = shallowRef(null);
    this.snapshot = shallowRef(null);
    this.alerts = shallowRef([]);
    this.connection = ref("connecting");
    /** Bars of the timeline by satellite, kind and start; `epoch` counts how often all of them were replaced. */
    this.bars = new Map();
    this.targets = new Map();
    this.epoch = 0;
    this.onArrival = () => {};
    this._alerts = new Map();
    this._alertsChanged = false;
    this._latest = null;
    this._isAwaited = false;
    this._answers = new Map();
    this._asked = 0;
    this._retryMs = FIRST_RETRY_MS;
    this._isClosed = false;
  }

  /** Reads what does not change, then listens to what does; tries again, ever more slowly, when nobody answers. */
  async open() {
    try {
      const answer = await fetch("api/mission");
      if (!answer.ok) throw new Error(answer.statusText);
      this.mission.value = await answer.json();
    } catch {
      this.#tryAgain();
      return;
    }
    if (this._isClosed) return;
    const address = new URL("live", document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this._socket = new WebSocket(address);
    this._socket.onopen = () => {
      this._retryMs = FIRST_RETRY_MS;
      this.connection.value = "open";
    };
    this._socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    this._socket.onclose = () => this.#lost();
  }

  close() {
    this._isClosed = true;
    this._socket?.close();
  }

  /** Asks for something to be done; resolves to null, or to the line that says why not. */
  send(control) {
    if (this._socket?.readyState !== WebSocket.OPEN) return Promise.resolve("The server is not there.");
    this._asked += 1;
    const ask = this._asked;
    this._socket.send(JSON.stringify({ ...control, answer: ask }));
    return new Promise((resolve) => this._answers.set(ask, resolve));
  }

  #lost() {
    for (const resolve of this._answers.values()) resolve("The server went away before it answered.");
    this._answers.clear();
    this.#tryAgain();
  }

  #tryAgain() {
    if (this._isClosed) return;
    this.connection.value = "lost";
    if (this._latest?.status === "ended") return;
    setTimeout(() => this.open(), this._retryMs);
    this._retryMs = Math.min(2 * this._retryMs, LAST_RETRY_MS);
  }

  /** NiceGUI's own channel carries nothing, and would ask for a server that is not there any more. */
  #leaveNiceGui() {
    window.socket?.io.reconnection(false);
    if (window.socket?.connected) window.socket.disconnect();
  }

  #take(message) {
    if (message.snapshot) {
      this.#takeSnapshot(message.snapshot);
    } else if (message.alerts) {
      this.#takeAlerts(message.alerts, message.reset);
    } else if (message.answer) {
      this._answers.get(message.answer)?.(message.refused);
      this._answers.delete(message.answer);
    }
  }

  #takeSnapshot(snapshot) {
    if (snapshot.reset) {
      this.bars.clear();
      this.targets.clear();
      this.epoch += 1;
    }
    for (const bar of snapshot.bars) this.bars.set(`${bar.satellite} ${bar.kind} ${bar.start_ns}`, bar);
    for (const one of snapshot.targets) {
      this.targets.set(`${one.longitude_deg} ${one.latitude_deg} ${one.class} ${one.at_ns}`, one);
    }
    this._latest = snapshot;
    if (snapshot.status === "ended") this.#leaveNiceGui();
    this.#publishSoon();
  }

  #takeAlerts(rows, isReset) {
    if (isReset) this._alerts.clear();
    const arrived = isReset ? [] : rows.filter((row) => !this._alerts.has(row.id));
    for (const row of rows) this._alerts.set(row.id, row);
    this._alertsChanged = true;
    if (arrived.length) this.onArrival(arrived);
    this.#publishSoon();
  }

  #publishSoon() {
    if (this._isAwaited) return;
    this._isAwaited = true;
    requestAnimationFrame(() => {
      this._isAwaited = false;
      if (this._alertsChanged) this.alerts.value = [...this._alerts.values()].sort((a, b) => a.id - b.id);
      this._alertsChanged = false;
      if (this._latest) this.snapshot.value = this._latest;
    });
  }
}
