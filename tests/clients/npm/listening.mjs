// Listening to a chat of Parlour: who may, and for how long.
import { ServerEventsClient } from "@servicestack/client";
import { EventSource } from "eventsource";
import { AuthenticateLogout, signedIn, startChat, url } from "./parlour.mjs";

globalThis.EventSource = EventSource;

/** The headers by which a client shows who it is, as it does with each call. */
const shown = client => ({
    ...(client.bearerToken ? { Authorization: `Bearer ${client.bearerToken}` } : {}),
    Cookie: Object.values(client.cookies).map(({ name, value }) => `${name}=${value}`).join("; "),
});

/** Opens a stream, and waits until it has connected or failed; `ended` is fulfilled when it does. */
async function listen(channels, headers) {
    const told = {};
    const state = { client: null, ended: null };
    await new Promise(resolve => {
        state.client = new ServerEventsClient(url, channels, { handlers: {
            onConnect: info => { told.channels = info.channels; told.displayName = info.displayName; resolve(); },
            onHeartbeat: () => state.pulse(),
        } });
        state.client.EventSource = class extends EventSource {
            constructor(address, init) {
                super(address, { ...init, fetch: (input, given) =>
                    fetch(input, { ...given, headers: { ...given.headers, ...headers } }) });
            }
        };
        state.client.start();
        state.ended = new Promise(end => state.client.eventSource.addEventListener("error", error => {
            told.code = error.code ?? null;
            end();
            resolve();
        }));
    });
    return { ...state, told, pulsed: () => new Promise(resolve => { state.pulse = resolve; }) };
}

const ben = await signedIn("ben");
const cleo = await signedIn("cleo");
const chat = await startChat(ben.client, "Quiet");
const channel = `chat-${chat.chatId}`;

const bens = await listen([channel], shown(ben.client));
const cleos = await listen([channel], shown(cleo.client));
const strangers = await listen([channel], {});
const subscribers = await fetch(`${url}/event-subscribers?channels=${channel}`, { headers: shown(ben.client) });

const pulse = bens.pulsed();
const heartbeat = await fetch(bens.client.getConnectionInfo().heartbeatUrl, { method: "POST" });
if (heartbeat.ok) await pulse;

await ben.client.post(new AuthenticateLogout());
await bens.ended;

console.log(JSON.stringify({
    bens: bens.told,
    cleos: cleos.told,
    strangers: strangers.told,
    subscribers: (await subscribers.json()).map(each => each.displayName),
    heartbeat: heartbeat.status,
}));
process.exit(0);
