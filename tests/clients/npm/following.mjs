// Two people of one chat with the stock clients: one writes, the other hears of it, loses the connection and goes on.
import { ServerEventsClient } from "@servicestack/client";
import { EventSource } from "eventsource";
import { say, signedIn, startChat, url } from "./parlour.mjs";

globalThis.EventSource = EventSource;
const ben = await signedIn("ben");
const cleo = await signedIn("cleo");
const chat = await startChat(ben.client, "Fence", cleo.me.userId);

/** An EventSource with the sign-in of Cleo, as browsers send it by cookie. `lastId` is what it had heard before. */
function listening(lastId = null) {
    const show = (input, init) => {
        const headers = { ...init.headers, Cookie: cookies, Authorization: `Bearer ${cleo.client.bearerToken}` };
        if (!cleo.client.bearerToken) delete headers.Authorization;
        if (lastId !== null) headers["Last-Event-ID"] = lastId;
        return fetch(input, { ...init, headers });
    };
    return class extends EventSource {
        constructor(address, init) { super(address, { ...init, fetch: show }); }
    };
}
const cookies = Object.entries(cleo.client.cookies ?? {}).map(([name, { value }]) => `${name}=${value}`).join("; ");

function hears(lastId, enough) {
    return new Promise(resolve => {
        const heard = { messages: [], selectors: [], ids: [], connect: null };
        const client = new ServerEventsClient(url, ["*"], {
            handlers: {
                onConnect: info => {
                    heard.connect = { isGap: info.isGap ?? null };
                    if (lastId === null) ben.client.post(say(chat, "Who mends the fence?"));
                },
                onMessage: message => {
                    heard.selectors.push(message.selector);
                    heard.ids.push(message.eventId);
                },
            },
            receivers: {
                chat: {
                    messageSent(body) {
                        heard.messages.push(body.message.text);
                        if (heard.messages.length === enough) {
                            client.stop();
                            resolve(heard);
                        }
                    },
                },
            },
        });
        client.EventSource = class extends listening(lastId) {
            constructor(...given) {
                super(...given);
                this.addEventListener("message", event => { heard.lastId = event.lastEventId; });
            }
        };
        client.start();
    });
}

const first = await hears(null, 1);
for (const text of ["And when?", "Tomorrow? ✓"]) await ben.client.post(say(chat, text));
const again = await hears(first.lastId, 2);
console.log(JSON.stringify({ first, again }));
process.exit(0);
