// Two people on the event stream, by the stock ServerEventsClient. Prints what each of them was told.
import { JsonServiceClient, ServerEventsClient } from "@servicestack/client";
import { EventSource } from "eventsource";

const url = process.env.SERVER;
globalThis.EventSource = EventSource;

class Say {
    constructor(init) { Object.assign(this, init); }
    getTypeName() { return "Say"; }
    getMethod() { return "POST"; }
    createResponse() { return {}; }
}

class SignOut extends Say {
    getTypeName() { return "SignOut"; }
    createResponse() {}
}

/** An EventSource that shows who opens it, as browsers do by cookie. */
function by(name) {
    const show = (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${name}` } });
    return class extends EventSource {
        constructor(address, init) { super(address, { ...init, fetch: show }); }
    };
}

/** Somebody who listens; `heard` is all he was told, `until` waits for it. */
class Person {
    heard = [];
    waiting = [];

    constructor(name, channels) {
        const note = what => (body, request) => this.note(what, body, request);
        const commands = ["onConnect", "onJoin", "onLeave", "onUpdate", "onHeartbeat", "Said", "announce", "refresh"];
        this.client = new ServerEventsClient(url, channels, {
            handlers: Object.fromEntries(commands.map(command => [command, note(command)])),
            receivers: { document: { title: "" } },
            onException: error => this.note("exception", { message: String(error.message ?? error) }),
            onReconnect: () => this.note("reconnect"),
        });
        this.client.EventSource = by(name);
        this.client.addListener("customEvent", message => this.note("customEvent", message.body));
        this.client.start();
    }

    note(what, body, request) {
        const channel = request?.channel ?? body?.channel ?? null;
        const told = ["onJoin", "onLeave", "onUpdate"].includes(what)
            ? { displayName: body.displayName, channels: body.channels } : body;
        this.heard.push({ what, channel, body: what === "onConnect" || what === "onHeartbeat" ? undefined : told });
        this.waiting = this.waiting.filter(wait => !wait());
    }

    until(what, count = 1) {
        return new Promise(resolve => {
            const wait = () => {
                const enough = this.heard.filter(each => each.what === what).length >= count;
                if (enough) resolve();
                return enough;
            };
            if (!wait()) this.waiting.push(wait);
        });
    }
}

const api = new JsonServiceClient(url);
const ann = new Person("ann", ["a", "b"]);
await ann.until("onJoin", 2);
const info = ann.client.getConnectionInfo();
const bob = new Person("bob", ["b"]);
await ann.until("onJoin", 3);
await bob.until("onJoin");

await api.post(new Say({ channel: "b", text: "to both – ✓ 😀\nin two lines" }));
await api.post(new Say({ channel: "a", text: "to ann" }));
await ann.until("Said", 2);
await bob.until("Said");
const subscribers = await ann.client.getChannelSubscribers();

await bob.client.subscribeToChannels("a");
await bob.until("onUpdate", 2);
await bob.client.unsubscribeFromChannels("b");
await bob.until("onUpdate", 3);

await api.post(new Say({ channel: "a", selector: "cmd.announce", text: "plain" }));
await api.post(new Say({ channel: "a", selector: "trigger.customEvent", text: "raised" }));
await api.post(new Say({ channel: "a", selector: "document.title", text: "New title" }));
await bob.until("customEvent");
await ann.until("customEvent");

await ann.until("onHeartbeat", 2);
await bob.client.stop();
await ann.until("onLeave");
const before = ann.heard.filter(each => each.what === "exception").length;
await api.post(new SignOut({ name: "ann" }));
await ann.until("exception");

const connected = { ...info };
delete connected.data;
delete connected.json;
console.log(JSON.stringify({
    info: connected,
    ann: ann.heard,
    bob: bob.heard,
    title: ann.client.options.receivers.document.title,
    bobsChannels: bob.client.channels,
    subscribers,
    exceptionsBeforeSigningOut: before,
}));
process.exit(0);
